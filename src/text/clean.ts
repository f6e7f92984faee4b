import stringWidth from 'string-width';

// Everything a terminal could act on or that changes how the rest of a line is shown: C0 and C1
// controls, bidirectional overrides, zero-width and other invisible format characters, lone
// surrogates, private-use and unassigned code points.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

// Most text is nothing else, and needs none of what takes milliseconds to be made: a start does without it.
const ascii = /^[ -~]*$/;

/**
 * Text from outside (payloads, topics, file names, certificate fields, log lines, command output)
 * made safe to show on one line: control and invisible characters become `·`, a tab or line end a
 * blank, and what is wider than `columns` terminal cells is cut with `…`.
 */
export function clean(text: string, columns = 400): string {
  if (text.length <= columns && ascii.test(text)) return text;
  const bounded = text.length > columns * 4 ? text.slice(0, columns * 4) : text;
  const line = bounded.replace(/\r\n|[\t\r\n]/g, ' ').replace(unsafe, '·');
  return bounded.length < text.length || stringWidth(line) > columns ? cut(line, columns) : line;
}

/** As `clean`, line by line; at most `lines` lines, the last ones (where a log tells the cause). */
export function cleanLines(text: string, lines = 20, columns = 400): string[] {
  const all = text.slice(-lines * columns * 4).split(/\r\n|\n|\r/);
  while (all.length > 0 && all.at(-1)?.trim() === '') all.pop();
  return all.slice(-lines).map((line) => clean(line, columns));
}

/** Cuts a clean line to a width in terminal cells, the ellipsis included. */
export function cut(line: string, columns: number): string {
  if (columns <= 0) return '';
  let width = 0;
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    end += segment.length;
  }
  return end === line.length ? line : `${line.slice(0, end)}…`;
}

/**
 * The last gate before a terminal: a text of ours, whole and with its line ends, in which nothing is
 * left that a terminal could act on, should something from outside have come past `clean`.
 */
export const printable = (text: string): string =>
  text.replace(unsafe, (one) => (one === '\n' ? one : '·'));

/** JSON that says the same, and holds nothing that a terminal could act on (`\\u009b`). */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(unsafe, (one) => (one === '\n' ? one : escaped(one)));

const escaped = (one: string): string =>
  Array.from(
    one.split(''),
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ).join('');
