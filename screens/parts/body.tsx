import { Box } from 'ink';
import { type ReactNode, useState } from 'react';
import { useLayer } from '../keyboard.tsx';
import type { Line } from '../lines.ts';
import { useLook } from '../look.tsx';
import type { Tone } from '../theme.ts';
import { Lines, Row } from './lines.tsx';

/**
 * A title, text that scrolls, and below it what can be done. The text gives way: what can be done
 * is always on the screen. Give it a `key` that changes when the text becomes another one.
 */
export function Body(props: {
  title: string;
  word?: { text: string; tone: Tone };
  lines: readonly Line[];
  /** Keeps the end in view, for text that grows. */
  follow?: boolean;
  /** How many rows `children` takes. */
  below: number;
  active: boolean;
  children?: ReactNode;
}) {
  const { layout } = useLook();
  const { width, height } = layout.body;
  const room = Math.max(1, height - 1 - (props.below > 0 ? props.below + 1 : 0));
  const last = Math.max(0, props.lines.length - room);
  const [wanted, setWanted] = useState(props.follow ? Number.POSITIVE_INFINITY : 0);
  const top = Math.min(wanted, last);
  useLayer(
    { mode: 'list', on: { scroll: (key) => setWanted(scrolled(key, top, room, last)) } },
    props.active,
  );
  const shown = props.lines.slice(top, top + room);
  const part =
    last > 0 ? `${top + 1}-${top + shown.length} of ${props.lines.length} PgUp/PgDn` : '';
  const word = props.word && { text: `  ${props.word.text}`, tone: props.word.tone };
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Box justifyContent="space-between">
        <Row
          line={[{ text: props.title, tone: 'strong' }, ...(word ? [word] : [])]}
          width={width - part.length - 1}
        />
        <Row line={[{ text: part, tone: 'quiet' }]} width={part.length} />
      </Box>
      <Lines lines={shown} width={width} />
      {props.below > 0 && <Box height={1} flexShrink={0} />}
      {props.children}
    </Box>
  );
}

/** Where a text of which `room` lines are shown begins after a key; `last` is where it may at most. */
export function scrolled(key: string, top: number, room: number, last: number): number {
  const to: Record<string, number> = {
    up: top - 1,
    k: top - 1,
    down: top + 1,
    j: top + 1,
    pageup: top - Math.max(1, room - 1),
    pagedown: top + Math.max(1, room - 1),
    home: 0,
    end: last,
  };
  return Math.max(0, Math.min(to[key] ?? top, last));
}
