/** Every sign that is not a letter, with what stands for it where only ASCII can be shown. */
export interface Glyphs {
  ascii: boolean;
  done: string;
  here: string;
  attention: string;
  refused: string;
  pointer: string;
  rule: string;
  branchOnly: string;
  branchFirst: string;
  branch: string;
  branchLast: string;
  upDown: string;
  leftRight: string;
  enter: string;
  ellipsis: string;
  dot: string;
  spark: readonly string[];
}

const unicode: Glyphs = {
  ascii: false,
  done: '✓',
  here: '▸',
  attention: '!',
  refused: '✗',
  pointer: '›',
  rule: '─',
  branchOnly: '───',
  branchFirst: '─┬─',
  branch: ' ├─',
  branchLast: ' └─',
  upDown: '↑↓',
  leftRight: '←→',
  enter: '⏎',
  ellipsis: '…',
  dot: '·',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

const ascii: Glyphs = {
  ascii: true,
  done: '+',
  here: '>',
  attention: '!',
  refused: 'x',
  pointer: '>',
  rule: '-',
  branchOnly: '---',
  branchFirst: '-+-',
  branch: ' |-',
  branchLast: ' `-',
  upDown: 'up/down',
  leftRight: 'left/right',
  enter: 'enter',
  ellipsis: '...',
  dot: '-',
  spark: ['_', '.', ':', '-', '=', '+', '*', '#'],
};

/** The variables of the environment that the screens look at; they look at no others. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Signs that this terminal can show: those beyond ASCII only with a UTF-8 locale (the first of
 * LC_ALL, LC_CTYPE, LANG that is set decides, POSIX XBD 8.2), and not on the Linux console, whose
 * font lacks most of them.
 */
export function glyphsFor(environment: Environment): Glyphs {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  const console = /^(linux|dumb|vt\d+)$/.test(environment.TERM ?? '');
  return /utf-?8/i.test(locale) && !console ? unicode : ascii;
}

const spelled: Record<string, string> = {
  '…': '...',
  '—': '-',
  '–': '-',
  '·': '-',
  '→': '->',
  '×': 'x',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
};

/** Text for a terminal that shows only ASCII: what has no equivalent becomes `?`. */
export const toAscii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => spelled[character] ?? '?');
