import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindings } from '../../../screens/keys/key-table.ts';
import { bytesOf } from '../../support/terminal/keys.ts';
import { startTerminal, type Terminal } from '../../support/terminal/terminal.ts';

const echo = fileURLToPath(new URL('programs/key-echo.ts', import.meta.url));

let terminal: Terminal;
beforeEach(async () => {
  terminal = startTerminal(process.execPath, [echo], { limit: 20_000 });
  await terminal.seen('ready');
});
afterEach(() => terminal.close());

/** Names of the keys that the program has said, oldest first. */
const said = () => [...terminal.output().matchAll(/<(.*)>\r/g)].map(([, name]) => name);

/** Writes bytes one by one; false when this machine made a pause longer than it was to be. */
async function slowly(bytes: string, pause: number): Promise<boolean> {
  let before = performance.now();
  let longest = 0;
  for (const byte of bytes) {
    terminal.type(byte);
    await sleep(pause);
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  }
  return longest < pause + 70;
}

/** One name for each binding's key, and what else terminals send for it. */
const sent: [string, string][] = [
  ...new Map(bindings.flatMap(({ keys }) => keys.map((key) => [key, bytesOf(key)] as const))),
  ...[['home', '\u001B[1~'] as const, ['home', '\u001BOH'] as const],
  ...[['end', '\u001B[4~'] as const, ['end', '\u001B[8~'] as const, ['end', '\u001BOF'] as const],
].filter(([name]) => name !== 'ctrl-c') as [string, string][];

test('every key of the table is itself with its bytes 30 ms apart', { retry: 2 }, async () => {
  const expected: string[] = [];
  for (const [name, bytes] of sent) {
    expect(await slowly(bytes, 30), 'this machine was too busy to tell').toBe(true);
    expected.push(name);
    await terminal.until(() => said().length >= expected.length, name);
    expect(said()).toEqual(expected);
  }
  terminal.press('ctrl-c');
  expect((await terminal.exit()).code).toBe(0);
});

test('with its bytes 200 ms apart none is another one', { retry: 2 }, async () => {
  for (const [name, bytes] of sent.filter(([, all]) => /\d/.test(all))) {
    const before = said().length;
    await slowly(bytes, 200);
    // Of what is typed next nothing is lost.
    terminal.type('x');
    await terminal.until(() => said().at(-1) === 'x', 'x');
    expect([[name], ['esc']], bytes).toContainEqual(said().slice(before, -1));
  }
});

test('what comes with Alt, and a sequence nobody knows, reach nothing', async () => {
  for (const bytes of ['\u001B4', '\u001Bq', '\u001B\r', '\u001B[<0;10;4M', '\u001B[I'])
    terminal.type(bytes);
  terminal.type('x');
  await terminal.until(() => said().at(-1) === 'x', 'x');
  expect(said()).toEqual(['x']);
});

test('a paste that comes in pieces is one', async () => {
  await slowly('\u001B[200~', 30);
  terminal.type('1\r');
  await sleep(200);
  terminal.type('q\u001B[A');
  await slowly('\u001B[201~', 30);
  terminal.type('x');
  await terminal.until(() => said().at(-1) === 'x', 'x');
  expect(said()).toEqual([`paste ${JSON.stringify('1\rq\u001B[A')}`, 'x']);
});
