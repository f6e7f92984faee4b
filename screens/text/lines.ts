import stringWidth from 'string-width';
import { clean } from '../../src/text/clean.ts';
import { toAscii } from './glyphs.ts';
import type { Tone } from './theme.ts';

/**
 * What a screen says, before it is drawn: lines of toned pieces of text. Screens make lines and
 * parts draw them, so that scrolling, cutting, ASCII and the plain mode are each done once.
 */
export interface Span {
  text: string;
  tone?: Tone;
}
export type Line = readonly Span[];

export const blank: Line = [];

/** One line of one tone. */
export const say = (text: string, tone: Tone = 'plain'): Line => [{ text, tone }];

/** How many terminal cells a line takes. */
export const widthOf = (line: Line): number =>
  line.reduce((sum, span) => sum + stringWidth(span.text), 0);

/** The words of a line without their tones. */
export const textOf = (line: Line): string => line.map((span) => span.text).join('');

/**
 * Text broken at blanks into lines of at most `width` cells. A word that is longer than a line (a
 * path) is broken after a slash where it can be, else anywhere.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of whole(text).split(' ')) {
    const blank = line === '' ? '' : ' ';
    if (stringWidth(line + blank + word) <= width) {
      line += blank + word;
      continue;
    }
    if (stringWidth(word) > width) {
      const head = piece(word, width - stringWidth(line + blank));
      if (head.length > 1) {
        line += blank + head;
        word = word.slice(head.length);
      }
    }
    if (line !== '') lines.push(line);
    while (stringWidth(word) > width) {
      const head = piece(word, width) || take(word, width);
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** The beginning of a long word that fits, up to a slash; '' when there is none. */
const piece = (word: string, width: number): string =>
  width < 1 ? '' : take(word, width).replace(/[^/]*$/, '');

export const paragraph = (text: string, width: number, tone: Tone = 'plain'): Line[] =>
  wrap(text, width).map((line) => say(line, tone));

/** A paragraph behind a head (a glyph, a label), its further lines indented to the first one. */
export function hanging(head: Line, text: string, width: number, tone: Tone = 'plain'): Line[] {
  const indent = widthOf(head);
  const lines = wrap(text, Math.max(width - indent, 10));
  if (lines.length === 0) return [head];
  return lines.map((line, index) =>
    index === 0
      ? [...head, { text: line, tone }]
      : [{ text: ' '.repeat(indent) }, { text: line, tone }],
  );
}

export const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/**
 * A line as it may be drawn: clean, in ASCII if need be, and at most `width` cells. Everything that
 * reaches the terminal goes through here.
 */
export function fitted(line: Line, width: number, ascii: boolean): Line {
  const spans = line.map((span) => ({ ...span, text: safe(span.text, ascii) }));
  if (widthOf(spans) <= width) return spans;
  const ellipsis = ascii ? '...' : '…';
  let left = width - ellipsis.length;
  const kept: Span[] = [];
  for (const span of spans) {
    const text = take(span.text, left);
    kept.push({ ...span, text: text.length < span.text.length ? text + ellipsis : text });
    left -= stringWidth(text);
    if (text.length < span.text.length) break;
  }
  return kept;
}

/**
 * A line as it may be drawn with nothing left out: what does not fit goes on below, behind a mark in
 * the margin. No line of a difference can be mistaken for it: its sign stands right of the mark.
 */
export function folded(line: Line, width: number, ascii: boolean): Line[] {
  const spans = line.map((span) => ({ ...span, text: safe(span.text, ascii, whole) }));
  if (widthOf(spans) <= width) return [spans];
  const mark: Span = { text: ascii ? '... ' : '  … ', tone: 'quiet' };
  const rows: Span[][] = [[]];
  let left = width;
  for (const span of spans)
    for (let { text } = span; text !== ''; ) {
      const head = beginning(text, left);
      rows.at(-1)?.push({ ...span, text: head });
      left -= stringWidth(head);
      text = text.slice(head.length);
      if (text === '') break;
      rows.push([mark]);
      left = Math.max(width - stringWidth(mark.text), 4);
    }
  return rows;
}

/** As much of a text as fits, up to a slash or a blank where that is not much less. */
function beginning(text: string, width: number): string {
  const fits = take(text, width);
  const fair = fits === text ? '' : (/^.*[ /,]/.exec(fits)?.[0] ?? '');
  return fair.length * 2 > fits.length ? fair : fits;
}

/** Clean, and as long as it is. */
const whole = (text: string): string => clean(text, 2 * text.length + 1);

/** Terminals disagree about the width of flags, skin tones and the like: leave them out. */
const unsteady = /[\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}]|\p{Variation_Selector}|\u20E3/gu;

function safe(text: string, ascii: boolean, cleaned = (raw: string) => clean(raw, 1000)): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const shown = cleaned(text).replace(unsteady, '');
  return ascii ? toAscii(shown) : shown;
}

/** The longest beginning of a text that fits into `width` cells. */
export function take(text: string, width: number): string {
  let cells = 0;
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    cells += stringWidth(segment);
    if (cells > width) break;
    end += segment.length;
  }
  return text.slice(0, end);
}
