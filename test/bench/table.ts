import { holds, measured, type NoRow, type Row } from './row.ts';

const number = (value: number, unit: Row['unit']): string =>
  `${value.toFixed(unit === 's' ? 2 : value < 10 && unit === 'ms' ? 1 : 0)} ${unit}`;

/** The rows as a table for people. */
export function table(rows: readonly (Row | NoRow)[]): string {
  const head = ['measured', 'Lockstep', 'beside it', '', 'bound', 'runs', ''];
  const body = rows.map((row) =>
    'leftOut' in row
      ? [row.what, 'left out', row.leftOut, '', '', '', '']
      : [
          row.what,
          number(row.ours, row.unit),
          number(row.peer.value, row.unit),
          row.peer.what,
          row.bound.of === 'ratio'
            ? `${measured(row).toFixed(2)} times, at most ${row.bound.atMost}`
            : `at most ${number(row.bound.atMost, row.unit)}${row.bound.of === 'excess' ? ' more' : ''}`,
          String(row.runs),
          holds(row) ? 'holds' : 'OVER',
        ],
  );
  const all = [head, ...body];
  const widths = head.map((_, column) =>
    Math.max(...all.map((line) => (line[column] ?? '').length)),
  );
  const lines = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const below = rows.flatMap((row) => ('below' in row && row.below ? ['', ...row.below] : []));
  return [lines[0], rule, ...lines.slice(1), ...below].join('\n');
}

/** The same for programs. */
export const asJson = (rows: readonly (Row | NoRow)[]): string =>
  JSON.stringify(
    rows.map((row) =>
      'leftOut' in row ? row : { ...row, measured: measured(row), holds: holds(row) },
    ),
    null,
    2,
  );
