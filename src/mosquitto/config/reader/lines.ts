import type { Behaviour } from '../model/behaviour.ts';

/** A line as the broker gets it. `text` has one character per byte (latin1), no line end. */
export interface Line {
  /** From 1, as in the broker's messages. */
  number: number;
  text: string;
}

/**
 * The lines of a file that the broker acts on: not those that begin with `#`, and not empty ones.
 * Only the very first byte counts: a `#` after a blank is not a comment, a byte order mark is
 * text. `last` is the number of lines counted, which a later complaint may repeat.
 *
 * The broker holds a line in a C string, so a NUL byte ends it, and its search for the line end
 * goes wrong: 2.1 stops reading the file there, silently; 2.0 swallows the rest of the file, and
 * then uses the line only if the file does not end with a line end.
 */
export function linesOf(
  bytes: Uint8Array,
  { generation, leadingNulCuts }: Pick<Behaviour, 'generation' | 'leadingNulCuts'>,
): { lines: Line[]; last: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines: Line[] = [];
  let number = 0;
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let line = text.slice(start, end);
    start = end + 1;
    const nul = line.indexOf('\0');
    const cut = newline >= 0 && (nul > 0 || (nul === 0 && leadingNulCuts));
    if (cut && (generation === '2.1' || text.endsWith('\n'))) break;
    if (nul >= 0) line = line.slice(0, nul);
    number += 1;
    if (line !== '' && !/^[#\r]/.test(line)) {
      lines.push({ number, text: line.replace(/[\r\n]+$/, '') });
    }
    if (cut) break;
  }
  return { lines, last: number };
}
