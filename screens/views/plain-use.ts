import stringWidth from 'string-width';
import type { PlainClient, PlainUse } from '../../src/steps/contract/plain-clients.ts';
import { clientName, fates, seenWords } from '../../src/steps/plain-port/words.ts';
import { type Line, pad, paragraph, say, take } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';

/** So many clients have a row. */
const rows = 12;

/** Who uses the plain port: a row for each, under what becomes of it. */
export function plainUseLines(use: PlainUse, port: number, width: number): Line[] {
  const { clients, since, untold, at } = use;
  const shown = clients.slice(0, rows);
  const known = since ? ` since ${since.toISOString().slice(0, 10)}` : '';
  return [
    say(
      clients.length === 0
        ? `Nobody else was seen at port ${port}${known}.`
        : `At port ${port} now, or${known || ' lately'}:`,
      'strong',
    ),
    ...(shown.length > 0 ? table(shown, at, width) : []),
    ...(clients.length > rows ? [say(`and ${clients.length - rows} more`, 'quiet')] : []),
    ...(untold === null
      ? []
      : paragraph(`The broker's log does not tell who came before: ${untold}.`, width, 'warning')),
    ...(clients.length > 0
      ? paragraph('The live pane cannot tell by which port a message came.', width, 'quiet')
      : []),
  ];
}

function table(clients: readonly PlainClient[], at: Date, width: number): Line[] {
  const words = ['Client', 'From', 'User', 'Seen'];
  const cells = clients.map((one) => [
    one.clientId === null ? '(no name)' : clientName(one),
    one.address,
    one.user ?? '-',
    seenWords(one, at),
  ]);
  // Every column as wide as it must be; where that is too much the widest ones give way.
  const widths = words.map((word, column) =>
    Math.max(...[word, ...cells.map((row) => row[column] ?? '')].map((text) => stringWidth(text))),
  );
  while (sum(widths) + 2 * (widths.length - 1) > width && Math.max(...widths) > 6) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const row = (texts: string[], tone: Tone): Line => [
    {
      text: texts
        .map((text, column) => pad(shortened(text, widths[column] ?? 0), widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
      tone,
    },
  ];
  const groups = [...new Set(clients.map((one) => one.fate))];
  return [
    row(words, 'quiet'),
    ...groups.flatMap((fate) => [
      ...clients.flatMap((one, index) =>
        one.fate === fate ? [row(cells[index] ?? [], fate === 'stays' ? 'plain' : 'warning')] : [],
      ),
      say(`${groups.length > 1 ? 'These' : 'They'} ${fates[fate]}.`, 'quiet'),
    ]),
  ];
}

const shortened = (text: string, width: number): string =>
  stringWidth(text) <= width ? text : `${take(text, width - 1)}…`;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
