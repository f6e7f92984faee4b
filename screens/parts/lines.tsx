import { Box, Text } from 'ink';
import { fitted, type Line } from '../text/lines.ts';
import { theme } from '../text/theme.ts';
import { useLook } from './look.tsx';

/** One row. Everything that the screens write is drawn by this, so it is clean and never wraps. */
export function Row({ line, width }: { line: Line; width: number }) {
  const { glyphs } = useLook();
  const spans = fitted(line, width, glyphs.ascii);
  return (
    <Text wrap="truncate">
      {spans.length === 0
        ? ' '
        : spans.map((span, index) => (
            // Pieces of a line have no identity but their place.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <Text key={index} {...theme[span.tone ?? 'plain']}>
              {span.text}
            </Text>
          ))}
    </Text>
  );
}

/** Lines in a rectangle of exactly this size. */
export function Lines(props: { lines: readonly Line[]; width: number; height?: number }) {
  const height = props.height ?? props.lines.length;
  return (
    <Box flexDirection="column" width={props.width} height={height} flexShrink={0}>
      {props.lines.slice(0, height).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Row key={index} line={line} width={props.width} />
      ))}
    </Box>
  );
}
