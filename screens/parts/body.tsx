import { Box } from 'ink';
import type { ReactNode } from 'react';
import { useLayer } from '../keys/keyboard.tsx';
import { folded, type Line, widthOf } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';
import { Lines, Row } from './lines.tsx';
import { useLook } from './look.tsx';
import { useScroll } from './scroll.ts';

/** How far the text of a body has been read. */
export interface Reading {
  /** The end is, or has been, in view. */
  read: boolean;
  /** How many lines are below what is in view. */
  below: number;
  /** Goes on by a page. */
  on(): void;
}

/**
 * A title, text that scrolls, and below it what can be done. The text gives way: what can be done
 * is always on the screen. No line of it is cut. Give it a `key` that changes when the text becomes
 * another one.
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
  children?: ReactNode | ((reading: Reading) => ReactNode);
}) {
  const { layout, glyphs } = useLook();
  const { width, height } = layout.body;
  const lines = props.lines.flatMap((line) => folded(line, width, glyphs.ascii));
  const room = Math.max(1, height - 1 - (props.below > 0 ? props.below + 1 : 0));
  const { follow = false, children } = props;
  const covered = !props.active;
  const { top, last, read, move } = useScroll({
    count: lines.length,
    width,
    room,
    follow,
    covered,
  });
  useLayer({ mode: 'list', on: { scroll: move } }, props.active);
  const shown = lines.slice(top, top + room);
  const title: Line = [
    { text: props.title, tone: 'strong' },
    ...(props.word ? [{ text: `  ${props.word.text}`, tone: props.word.tone }] : []),
  ];
  const where = last > 0 ? `${top + 1}-${top + shown.length} of ${lines.length}` : '';
  const keyed = where === '' ? '' : `${where} PgUp/PgDn`;
  const part = widthOf(title) + keyed.length < width ? keyed : where;
  const reading = { read, below: last - top, on: () => move('pagedown') };
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Box justifyContent="space-between">
        <Row line={title} width={width - part.length - 1} />
        <Row line={[{ text: part, tone: 'quiet' }]} width={part.length} />
      </Box>
      <Lines lines={shown} width={width} />
      {props.below > 0 && <Box height={1} flexShrink={0} />}
      {typeof children === 'function' ? children(reading) : children}
    </Box>
  );
}
