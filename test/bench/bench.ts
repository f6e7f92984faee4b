// npm run bench [-- --json] [--runs N] [ROW...]: what the program costs, each row beside its peer.

import { parseArgs } from 'node:util';
import { eventLoop } from './event-loop.ts';
import { farAway } from './far-away.ts';
import { firstFrames } from './first-frame.ts';
import { gap } from './gap.ts';
import { livePane } from './live-pane.ts';
import type { NoRow, Row } from './row.ts';
import { setUp } from './set-up.ts';
import { asJson, table } from './table.ts';

/** Each measures one thing or a few; `runs` of each side. */
const benches: Record<string, (runs?: number) => Promise<(Row | NoRow)[]>> = {
  'first-frame': (runs = 15) => firstFrames(runs),
  'set-up': (runs = 3) => setUp(runs),
  'far-away': (runs = 1) => farAway(runs),
  gap: (runs = 3) => gap(runs),
  'live-pane': (runs = 9) => livePane(runs),
  'event-loop': (runs = 3) => eventLoop(runs),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, runs: { type: 'string' } },
});
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(
    `No such row: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`,
  );
  process.exit(2);
}
const runs = values.runs === undefined ? undefined : Math.max(1, Number.parseInt(values.runs, 10));
const rows: (Row | NoRow)[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) console.error(`measuring ${name} ...`);
  rows.push(...(await bench(runs)));
}
console.log(values.json ? asJson(rows) : table(rows));
