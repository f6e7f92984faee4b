import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Home, launcher, newHome } from '../end-to-end/lockstep.ts';
import * as observe from '../end-to-end/observer.ts';
import { onHosts } from '../end-to-end/on-hosts.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { type ProgramResult, program, until } from '../hosts/program.ts';
import { lanes } from './lanes.ts';
import { full, row, suitesOf } from './matrix.ts';
import { kinds, middle, type Point } from './middle.ts';
import { record } from './results.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  type Stage,
  setStage,
} from './stage.ts';
import {
  free,
  placeStopper,
  type Stop,
  startedThere,
  stopAt,
  stopNoMore,
  stoppedThere,
} from './stopper.ts';

// Something that is waited for never comes: an answer of the SSH server, or the end of a program that was started there.
// A run ends all the same, with the right words; the broker serves as before or secured; the next run ends secured.

/** The longest that anything may take: a change with its restart, and whoever held it up before. */
const limitSeconds = 330;

/** What a run says when something did not come. */
const waited =
  /did not (answer|end) within|was ended there before its end|said nothing|did not reach|broke\b|was lost|does not answer|was put back/;

async function runLimited({ home, how }: Pick<Stage, 'home' | 'how'>): Promise<ProgramResult> {
  const argv = [process.execPath, launcher, 'run', ...how, '--json'];
  const run = await program(argv, { env: home.environment, timeoutSeconds: limitSeconds });
  expect(run.code, `ends by itself: ${run.stderr}${run.stdout}`).not.toBeNull();
  expect(await childrenOf(home)).toEqual([]);
  expect(run.stderr).not.toContain('Something went wrong inside');
  if (resultOf(run) !== 'secured') {
    expect(waited.test(run.stderr), `says what was waited for: ${run.stderr}`).toBe(true);
    expect([1, 3]).toContain(run.code);
  }
  return run;
}

/** Processes of this machine that were started in that home. */
async function childrenOf({ site }: Home): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (text.includes(`LOCKSTEP_HOME=${site}`))
      found.push(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => pid));
  }
  return found;
}

/** As it was left: old or new, by itself; then the rest of what holds after each fault. */
async function expectGoesOn(stage: Stage, freed: () => unknown = () => {}): Promise<void> {
  const { host } = stage;
  const armed = ['armed', 'reverting'].map((name) => `/var/lib/mqtt-lockstep/${name}`);
  await until('nothing to be armed', 500, async () => {
    const found = await Promise.all(armed.map((path) => host.stat(path)));
    return found.every((one) => one === null);
  });
  await expectOldOrNew(stage);
  await freed();
  await leftAlone(host);
  await expectOldOrNew(stage);
  await expectSecured(stage, await observe.tree(host));
  await expectUndone(stage);
}

/** A run by way of a server that never gives this answer. What it gave, and how long that took. */
async function withoutAnswer(host: TestHost, point: Point | null) {
  await using home = await newHome();
  await using between = await middle(host);
  const direct = await setStage(host.suite, host, home);
  const how = [...direct.how, '--name', host.address];
  how[how.indexOf('--broker') + 1] = `${host.ssh.user}@127.0.0.1:${between.port}`;
  how[how.indexOf('--accept-host-key') + 1] = between.fingerprint;
  const lockstep = (command = '', ...words: string[]) => home.run(command, ...how, ...words);
  const stage: Stage = { ...direct, how, lockstep };
  between.from(point);
  const begun = performance.now();
  const run = await runLimited(stage);
  const seconds = (performance.now() - begun) / 1000;
  const given = new Map(between.given);
  if (!point) expect(resultOf(run), run.stderr).toBe('secured');
  between.from(null);
  await expectGoesOn(stage);
  return { given, seconds };
}

/** Of so many: all; or so many of them, from the first to the last. */
const spread = (count: number, most: number): number[] => [
  ...new Set(
    Array.from({ length: Math.min(count, most) }, (_, turn) =>
      Math.min(count, 1 + Math.round((turn * (count - 1)) / Math.max(1, most - 1))),
    ),
  ),
];

/** In a sample of some kinds one; of all: each where a whole action waits for it, of others a few. */
const sampledKinds = [31, 52, 91, 94, 97, 98, 99];
const answers = (given: Map<number, number>): Point[] =>
  [...given].flatMap(([kind, count], turn) =>
    full
      ? spread(count, [91, 98, 99].includes(kind) ? count : 12).map((nth) => ({ kind, nth }))
      : sampledKinds.includes(kind)
        ? [{ kind, nth: 1 + ((turn * 7) % count) }]
        : [],
  );

/** In a sample of some programs one; of all: each script and each call of what may hang by itself, of others a few. */
const important = /^(sh|sudo|systemctl|systemd-run|journalctl|timeout|flock|setsid|sync|mv|ss)$/;
const sampled = /^(sh|sudo|systemctl|flock|sync)$/;
const programs = (started: Map<string, number>): Stop[] =>
  [...started].flatMap(([name, count], turn) =>
    full
      ? spread(count, important.test(name) ? 40 : 4).map((nth) => ({ name, nth }))
      : sampled.test(name)
        ? [{ name, nth: 1 + ((turn * 5) % count) }]
        : [],
  );

const limit = { timeout: full ? 12 * 3_600_000 : 1_200_000 };

/** Meets each point, told by its words, and records the longest run. */
async function meetAll<T>(
  id: string,
  suite: TestHost['suite'],
  points: readonly T[],
  words: (point: T) => string,
  meet: (host: TestHost, point: T) => Promise<number>,
): Promise<void> {
  let longest = 0;
  const numbers = points.map((_, index) => index);
  await lanes(suite, 3, numbers, async (host, index) => {
    const point = points[index] as T;
    try {
      longest = Math.max(longest, await meet(host, point));
    } catch (error) {
      throw new Error(`${words(point)}: ${error instanceof Error ? error.message : error}`);
    }
  });
  const most = Math.round(longest);
  record(id, suite, `old or new after each of ${points.length}; ${most} s at most`, null);
}

const on = (id: string) => suitesOf(id).map((suite) => [row(id).fault, suite] as const);

onHosts.concurrent('something stops', () => {
  test.concurrent.each(on('32-answer'))('%s, on %s', limit, async (_, suite) => {
    const first = await bootHost({ suite });
    const { given } = await withoutAnswer(first, null).finally(() => first.close());
    expect([...given.keys()].filter((kind) => !(kind in kinds))).toEqual([]);
    const words = ({ kind, nth }: Point) => `without "${kinds[kind]}" number ${nth}`;
    await meetAll(
      '32-answer',
      suite,
      answers(given),
      words,
      async (host, point) => (await withoutAnswer(host, point)).seconds,
    );
  });

  test.concurrent.each(on('32-program'))('%s, on %s', limit, async (_, suite) => {
    const first = await bootHost({ suite });
    const { started } = await withStopped(first, null).finally(() => first.close());
    expect(started.size).toBeGreaterThan(20);
    const words = ({ name, nth }: Stop) => `${name} number ${nth} stops`;
    await meetAll(
      '32-program',
      suite,
      programs(started),
      words,
      async (host, stop) => (await withStopped(host, stop)).seconds,
    );
  });
});

/** A run on a host where that program stops. */
async function withStopped(host: TestHost, stop: Stop | null) {
  await using home = await newHome();
  await placeStopper(host);
  const stage = await setStage(host.suite, host, home);
  await stopAt(host, stop);
  const begun = performance.now();
  const run = await runLimited(stage);
  const seconds = (performance.now() - begun) / 1000;
  await stopNoMore(host);
  const started = await startedThere(host);
  const stopped = await stoppedThere(host);
  if (!stop) expect(resultOf(run), run.stderr).toBe('secured');
  try {
    await expectGoesOn(stage, () => free(host));
  } catch (error) {
    throw new Error(`(${stopped}) ${run.stderr} ${error instanceof Error ? error.message : error}`);
  }
  return { started, seconds };
}
