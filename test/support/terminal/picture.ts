import type { Terminal as Screen } from '@xterm/headless';

const cell = { width: 8.4, height: 18 };
const palette = [
  '#1d1f21',
  '#cc6666',
  '#8fbf7f',
  '#d9b36c',
  '#81a2be',
  '#b294bb',
  '#8abeb7',
  '#d8dbd8',
  '#7c7f84',
  '#e07a7a',
  '#a5d68f',
  '#f0c674',
  '#9cc0e0',
  '#c9a8d6',
  '#9ad4cc',
  '#ffffff',
];
const paper = '#1d1f21';
const ink = '#d8dbd8';

/** What a terminal shows, as an SVG picture: text in its own colours, row by row. */
export function picture(screen: Screen, title: string): string {
  const width = screen.cols * cell.width + 24;
  const height = screen.rows * cell.height + 24;
  const rows = Array.from({ length: screen.rows }, (_, row) => rowOf(screen, row));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${paper}"/>`,
    `<g font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve">`,
    ...rows.filter(Boolean),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Neighbouring cells of one look are one piece of text, stretched to exactly their cells. */
function rowOf(screen: Screen, row: number): string {
  const line = screen.buffer.active.getLine(screen.buffer.active.baseY + row);
  const pieces: { at: number; text: string; look: string }[] = [];
  for (let column = 0; line && column < screen.cols; column++) {
    const one = line.getCell(column);
    const text = one?.getChars() || ' ';
    const look = one ? lookOf(one) : '';
    const last = pieces.at(-1);
    if (last?.look === look) last.text += text;
    else pieces.push({ at: column, text, look });
  }
  const y = 12 + (row + 0.75) * cell.height;
  return pieces
    .filter(({ text }) => text.trim() !== '')
    .map(({ at, text, look }) => {
      const x = 12 + at * cell.width;
      const length = text.length * cell.width;
      return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${length.toFixed(1)}" ${look}>${escaped(text)}</text>`;
    })
    .join('');
}

type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<Screen['buffer']['active']['getLine']>>['getCell']>
>;

function lookOf(one: Cell): string {
  const colour = one.isFgPalette() ? (palette[one.getFgColor()] ?? ink) : ink;
  const weight = one.isBold() ? ' font-weight="bold"' : '';
  const quiet = one.isDim() ? ' opacity="0.6"' : '';
  return `fill="${colour}"${weight}${quiet}`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
