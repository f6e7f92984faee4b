import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { preparePractice } from '../../../src/practice/folder.ts';
import { freePort } from '../../support/brokers/scripted-broker.ts';
import { ended, until } from '../../support/hosts/program.ts';
import {
  available,
  everything,
  type Kind,
  later,
  leave,
  leftOvers,
  nothingRuns,
  runToEnd,
} from '../../support/program/left-halfway.ts';
import { events, type Home, newHome } from '../../support/program/lockstep.ts';

// Everything left half-way is left by the real program, and gone on with by the real program. All
// of it happens below one folder, where another program looks for keys that others may read.
const root = mkdtempSync(join(tmpdir(), 'lockstep-resume-'));
const full = process.env.LOCKSTEP_TEST_FULL === '1';
const watcher = fileURLToPath(new URL('../../support/observe/key-watch.ts', import.meta.url));
let watch: ChildProcessByStdio<null, Readable, null>;
let seen = '';

beforeAll(async () => {
  watch = spawn(process.execPath, [watcher, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  watch.stdout.setEncoding('utf8').on('data', (text) => {
    seen += text;
  });
  await until('the watcher', 10, () => seen.includes('watching'));
});
afterAll(async () => {
  watch.kill('SIGKILL');
  await ended(watch);
  rmSync(root, { recursive: true, force: true });
});

/** A home on ports that no other test uses. */
async function aHome(): Promise<Home> {
  const home = await newHome(root);
  const ports = { plainPort: await freePort(), tlsPort: await freePort() };
  await preparePractice(join(home.site, 'practice'), { ports });
  return home;
}

const isChange = (line: string) => line.includes('"event":"change"');

/** What must be kept as it is once it is there: made anew it would cost somebody a certificate. */
function issued(home: Home): Map<string, string> {
  const wanted = /\/authority\/(root_ca|localhost|client01)\.(key|crt)$/;
  const paths = everything(home.folder).filter((path) => wanted.test(path));
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}

/** Goes on after it was left: it finishes, it holds, and nothing is left over. */
async function expectToFinish(home: Home, kind: Kind, lines: readonly string[]): Promise<void> {
  await nothingRuns(home);
  const before = issued(home);
  later(home);
  const again = await runToEnd(home, kind, 'run', '--broker', 'practice', '--json');
  const told = events(again.stdout);
  const changes = told.filter(({ event }) => event === 'change').length;
  expect(told.at(-1), again.stderr).toMatchObject({
    event: 'end',
    result: changes > 0 ? 'secured' : 'unchanged',
  });
  expect(again.code).toBe(0);
  if (!lines.some(isChange)) expect(changes).toBeGreaterThan(0);
  if (lines.some((line) => line.includes('"step":"verify"'))) expect(changes).toBe(0);
  const after = issued(home);
  expect(after.size).toBe(6);
  for (const [path, text] of before) expect(after.get(path), path).toBe(text);

  const verified = await runToEnd(home, kind, 'verify', '--broker', 'practice', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ failed: 0, passed: 11 });
  expect(verified.code).toBe(0);
  await nothingRuns(home);
  expect(leftOvers(home)).toEqual([]);
}

/** So many of 1 to n, evenly. */
const spread = (n: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => 1 + Math.round((i * (n - 1)) / (count - 1)));

describe.each(['mosquitto', 'aedes'] as const)('with %s', (kind) => {
  describe.skipIf(!available(kind))('on this machine', () => {
    let lines: string[] = [];

    test('a run that is not disturbed, and a second one', async () => {
      const home = await aHome();
      const first = await leave(home, kind, 'SIGKILL', () => false);
      expect(first.code).toBe(0);
      lines = first.lines;
      expect(lines.at(-1)).toContain('"result":"secured"');
      await expectToFinish(home, kind, lines);
      await home.remove();
    });

    test('killed before the proof: what is put back then is told, and not as unchanged', async () => {
      const home = await aHome();
      await leave(home, kind, 'SIGKILL', (line) => line.includes('puts it back by itself'));
      await nothingRuns(home);
      const short = ['run', '--broker', 'practice', '--through', 'distribute', '--json'];
      for (const result of ['partial', 'unchanged']) {
        const met = await runToEnd(home, kind, ...short);
        expect(events(met.stdout).at(-1)).toMatchObject({ result });
        expect(met.stderr.includes('not proved has been put back')).toBe(result === 'partial');
      }
      await home.remove();
    });

    test('killed after each line', { timeout: full ? 900_000 : 500_000 }, async () => {
      const hardening = lines.flatMap((line, i) => (line.includes('"harden"') ? [i + 1] : []));
      const all = lines.map((_, i) => i + 1);
      const some =
        kind === 'mosquitto' ? [...spread(lines.length, 4), ...hardening] : spread(lines.length, 3);
      const points = full ? all : [...new Set(some)].sort((a, b) => a - b);
      for (const point of points) {
        const home = await aHome();
        const left = await leave(home, kind, 'SIGKILL', (_, count) => count === point);
        try {
          await expectToFinish(home, kind, left.lines);
        } catch (error) {
          throw new Error(`killed after line ${point}: ${left.lines.at(-1)}`, { cause: error });
        }
        await home.remove();
      }
    });

    const moments = {
      'at the start': '"step":"inspect","status":"running"',
      'while certificates are made': 'Making keys',
      'while files are delivered': "Bringing the broker's files",
      'while the broker is restarted': 'Making the change',
    };
    const signals = [
      ['SIGHUP', 129],
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const;
    // Each moment with one of the signals; the restart, and in a full run every one, with all.
    const cases = Object.keys(moments).flatMap((moment, i) =>
      signals
        .filter((_, n) => n === i % 3 || full || (i === 3 && kind === 'mosquitto'))
        .map(([signal, code]) => ({ moment, signal, code })),
    );

    test.each(cases)('$signal $moment: ends with $code and is gone on with', async (one) => {
      const home = await aHome();
      const text = moments[one.moment as keyof typeof moments];
      const begun = performance.now();
      const left = await leave(home, kind, one.signal, (line) => line.includes(text));
      expect(left).toMatchObject({ code: one.code, signal: null });
      expect(performance.now() - begun).toBeLessThan(20_000);
      // Nothing more is begun, and nothing is left that is worse than before.
      if (one.moment !== 'while the broker is restarted')
        expect(left.lines.join('\n')).not.toContain('"action":"restart"');
      // It says how it ended, and that it did not finish.
      expect(left.lines.at(-1)).toMatch(/"result":"(failed|rolled-back)"/);
      await expectToFinish(home, kind, left.lines);
      await home.remove();
    });
  });
});

test('no key could be read by others at any time', async () => {
  // The watcher sees one that can be.
  const open = join(root, 'open.pem');
  writeFileSync(open, '-----BEGIN PRIVATE KEY-----', { mode: 0o644 });
  await until('the watcher to see it', 10, () => seen.includes('644 '));
  watch.kill('SIGTERM');
  await ended(watch);
  await until('its last words', 5, () => seen.includes('"rounds"'));
  const [, ...said] = seen.trim().split('\n');
  const { rounds, keys } = JSON.parse(said.pop() ?? '{}');
  expect(said).toEqual([`644 ${open}`]);
  expect(rounds).toBeGreaterThan(100);
  expect(keys).toBeGreaterThan(100);
});
