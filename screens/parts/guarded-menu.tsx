import { Box } from 'ink';
import { useState } from 'react';
import { useLayer } from '../keys/keyboard.tsx';
import type { Reading } from './body.tsx';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';
import { Menu, type MenuItem } from './menu.tsx';
import { pause, second, useSettled } from './patience.ts';

/**
 * A menu in which something can be agreed to. It takes no key in its first second, nor while keys keep
 * coming: they were meant for what was there before. As long as the end of the text above it has not
 * been seen, its first choice is to read on, and what agrees is not among the others.
 */
export function GuardedMenu<V>(props: {
  items: readonly MenuItem<V>[];
  /** Whether this choice agrees to what is above. */
  agrees(value: V): boolean;
  reading: Reading;
  width: number;
  /** The rows it takes, whatever is offered. */
  limit: number;
  active: boolean;
  initial?: number;
  onSelect(value: V): void;
}) {
  const { items, reading, width, limit, active } = props;
  const { glyphs } = useLook();
  const [early, setEarly] = useState(0);
  const there = useSettled(active ? `${reading.read}` : null, second);
  const quiet = useSettled(active ? `${early}` : null, pause);
  const settled = there && quiet;
  const tooEarly = () => setEarly(early + 1);
  useLayer(
    { mode: 'list', on: { accept: tooEarly, pick: tooEarly }, onText: tooEarly },
    active && !settled,
  );
  const more = `${reading.below} more line${reading.below === 1 ? '' : 's'}`;
  const readOn: MenuItem<V | null> = {
    label: `Read on: ${more}, then the choice`,
    value: null,
  };
  const others = items.filter(({ value }) => !props.agrees(value));
  const offered = reading.read ? items : [readOn, ...others];
  return (
    <Box flexDirection="column" height={limit} flexShrink={0}>
      {!settled && (
        <Row
          line={[{ text: `Please read this first ${glyphs.ellipsis}`, tone: 'quiet' }]}
          width={width}
        />
      )}
      <Box display={settled ? 'flex' : 'none'}>
        <Menu
          items={offered}
          width={width}
          limit={limit}
          active={active && settled}
          initial={reading.read ? (props.initial ?? 0) : 0}
          onSelect={(value) => (value === null ? reading.on() : props.onSelect(value))}
        />
      </Box>
    </Box>
  );
}
