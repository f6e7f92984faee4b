import { expect, test } from 'vitest';
import { isDrawn } from '../../support/drawn.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { type ProgramResult, program, until } from '../../support/hosts/program.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { launcher, newHome } from '../../support/program/lockstep.ts';
import { onHosts } from '../../support/program/on-hosts.ts';
import { full, row, spread, suitesOf } from '../matrix.ts';
import { metOnce } from '../points.ts';
import { recorded } from '../results.ts';
import { lanes } from '../stage/lanes.ts';
import { kinds, middle, type Point } from '../stage/middle.ts';
import { childrenOf, serving, workingThere } from '../stage/observe.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  type Stage,
  setStage,
} from '../stage/stage.ts';
import {
  free,
  placeStopper,
  type Stop,
  startedThere,
  stopAt,
  stopNoMore,
  stoppedThere,
} from '../stage/stopper.ts';

// Something that is waited for never comes: an answer of the SSH server, or the end of a program that was started there.
// A run ends all the same, with the right words; the broker serves as before or secured; the next run ends secured. So
// does an undo; the next one restores all. They are too many for each to be met: the suites share out some of them, as
// what is waited for is the same on each, and what comes of it says how many were.

/** The longest that anything may take: a change with its restart, and whoever held it up before. */
const limitSeconds = 330;

/** What is said when something did not come. */
const waited =
  /did not (answer|end) (with)?in|was ended there before its end|said nothing|did not reach|come up within|no answer came in time|came too late|broke\b|was lost|does not answer|was put back|could not be put back/;

/** What is done while something stops, and how it ends when nothing does. */
type Doing = 'run' | 'undo';
const ends = { run: 'secured', undo: 'restored' } as const;

/** How it says that it ended: a run on its last line, an undo with all that it prints. */
const endOf = (done: ProgramResult, doing: Doing): string =>
  doing === 'undo' && done.stdout ? JSON.parse(done.stdout).result : resultOf(done);

async function limited({ home, how }: Pick<Stage, 'home' | 'how'>, doing: Doing) {
  const argv = [process.execPath, launcher, doing, ...how, '--json'];
  const begun = performance.now();
  const done = await program(argv, { env: home.environment, timeoutSeconds: limitSeconds });
  const seconds = (performance.now() - begun) / 1000;
  expect(done.code, `ends by itself: ${done.stderr}${done.stdout}`).not.toBeNull();
  expect(await childrenOf(home)).toEqual([]);
  expect(done.stderr).not.toContain('Something went wrong inside');
  if (endOf(done, doing) !== ends[doing]) {
    expect(waited.test(done.stderr), `says what was waited for: ${done.stderr}`).toBe(true);
    expect([1, 3]).toContain(done.code);
  }
  return { ...done, seconds };
}

/** As it was left: old or new, by itself; then the rest of what holds after each fault. */
async function expectGoesOn(
  stage: Stage,
  doing: Doing,
  freed: () => unknown = () => {},
): Promise<void> {
  const { host, home, before } = stage;
  if (doing === 'undo') {
    // What an undo has begun waits for the next one: its files are partly back, and one of the two serves.
    expect(await serving(host, home, before)).toMatch(/^(old|new)$/);
    await freed();
    await until('nothing of it to be at work', 400, async () => !(await workingThere(host)));
    expect(await serving(host, home, before)).toMatch(/^(old|new)$/);
    return expectUndone(stage);
  }
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

/** What is disturbed begins where nothing was done, an undo where all was. */
async function begin(stage: Stage, doing: Doing): Promise<void> {
  if (doing === 'undo') expect(await stage.lockstep('run', '--json')).toMatchObject({ code: 0 });
}

/** By way of a server that never gives this answer. What it gave, and how long that took. */
async function withoutAnswer(
  host: TestHost,
  doing: Doing,
  point: Point | null,
): Promise<Met<number>> {
  await using home = await newHome();
  await using between = await middle(host);
  const direct = await setStage(host.suite, host, home);
  const how = [...direct.how, '--name', host.address];
  how[how.indexOf('--broker') + 1] = `${host.ssh.user}@127.0.0.1:${between.port}`;
  how[how.indexOf('--accept-host-key') + 1] = between.fingerprint;
  const lockstep = (command = '', ...words: string[]) => home.run(command, ...how, ...words);
  const stage: Stage = { ...direct, how, lockstep };
  between.from(null);
  await begin(stage, doing);
  between.from(point);
  const done = await limited(stage, doing);
  const counted = new Map(between.given);
  if (!point) expect(endOf(done, doing), done.stderr).toBe(ends[doing]);
  between.from(null);
  await expectGoesOn(stage, doing);
  return { counted, seconds: done.seconds };
}

/** On a host where that program stops. */
async function withStopped(host: TestHost, doing: Doing, stop: Stop | null): Promise<Met<string>> {
  await using home = await newHome();
  await placeStopper(host);
  const stage = await setStage(host.suite, host, home);
  await begin(stage, doing);
  await stopAt(host, stop);
  const done = await limited(stage, doing);
  await stopNoMore(host);
  const counted = await startedThere(host);
  const stopped = await stoppedThere(host);
  if (!stop) expect(endOf(done, doing), done.stderr).toBe(ends[doing]);
  try {
    await expectGoesOn(stage, doing, () => free(host));
  } catch (error) {
    throw new Error(
      `(${stopped}) ${done.stderr} ${error instanceof Error ? error.message : error}`,
    );
  }
  return { counted, seconds: done.seconds };
}

interface Met<K> {
  /** How many there were of each. */
  counted: Map<K, number>;
  seconds: number;
}

/** Of one of the two: where it stops. */
interface Way<K, P> {
  id: string;
  meet(host: TestHost, doing: Doing, point: P | null): Promise<Met<K>>;
  point(of: K, nth: number): P;
  /** So many at most of one kind, of a whole; in a sample one of these. */
  most(of: K, doing: Doing): number;
  sampled(of: K, doing: Doing): boolean;
  words(point: P): string;
}

/** Many where a whole action waits for it, of others a few; of an undo a few of each. */
const answers: Way<number, Point> = {
  id: '32-answer',
  meet: withoutAnswer,
  point: (kind, nth) => ({ kind, nth }),
  most: (kind, doing) => (doing === 'undo' ? 3 : [91, 98, 99].includes(kind) ? 30 : 6),
  sampled: (kind, doing) => (doing === 'undo' ? [99] : [31, 52, 91, 94, 97, 98, 99]).includes(kind),
  words: ({ kind, nth }) => `without "${kinds[kind]}" number ${nth}`,
};

/** Many of what is a script or may hang by itself, of others a few; of an undo fewer. */
const important = /^(sh|sudo|systemctl|systemd-run|journalctl|timeout|flock|setsid|sync|mv|ss)$/;
const programs: Way<string, Stop> = {
  id: '32-program',
  meet: withStopped,
  point: (name, nth) => ({ name, nth }),
  most: (name, doing) => (important.test(name) ? { run: 15, undo: 6 } : { run: 2, undo: 1 })[doing],
  sampled: (name, doing) =>
    (doing === 'undo' ? /^mv$/ : /^(sh|sudo|systemctl|flock|sync)$/).test(name),
  words: ({ name, nth }) => `${name} number ${nth} stops`,
};

const limit = { timeout: full ? 12 * 3_600_000 : 1_200_000 };

/** Meets its points on one suite. What came of it says how many of how many that was. */
async function meetAll<K extends number | string, P>(way: Way<K, P>, suite: Suite) {
  const points: { doing: Doing; point: P }[] = [];
  const of: string[] = [];
  const known = new Set<K>();
  for (const doing of ['run', 'undo'] as const) {
    const first = await bootHost({ suite });
    const { counted } = await way.meet(first, doing, null).finally(() => first.close());
    for (const kind of counted.keys()) known.add(kind);
    const total = [...counted.values()].reduce((sum, count) => sum + count, 0);
    const some = [...counted].flatMap(([kind, count], turn) =>
      full
        ? spread(count, way.most(kind, doing)).map((nth) => way.point(kind, nth))
        : way.sampled(kind, doing)
          ? [way.point(kind, 1 + ((turn * 7) % count))]
          : [],
    );
    expect(some).not.toEqual([]);
    const turn = suites.indexOf(suite);
    const here = some.filter((_, index) =>
      full ? index % suites.length === turn : index === 0 || isDrawn(`${way.id} ${doing} ${index}`),
    );
    points.push(...here.map((point) => ({ doing, point })));
    of.push(`${here.length} of ${total} of ${doing === 'run' ? 'a run' : 'an undo'}`);
  }
  let longest = 0;
  const numbers = points.map((_, index) => index);
  await lanes(suite, 3, numbers, async (host, index) => {
    const { doing, point } = points[index] as (typeof points)[number];
    const name = `${way.id}, ${way.words(point)}, ${doing}, ${suite}`;
    try {
      const meet = async () => (await way.meet(host, doing, point)).seconds;
      longest = Math.max(longest, await metOnce(name, meet));
    } catch (error) {
      const words = error instanceof Error ? error.message : error;
      throw new Error(`${way.words(point)}, ${doing}: ${words}`);
    }
  });
  const outcome = `old or new after each of ${of.join(', and ')}; ${Math.round(longest)} s at most`;
  return { known, outcome };
}

const on = (id: string) => suitesOf(id).map((suite) => [row(id).fault, suite] as const);

onHosts.concurrent('something stops', () => {
  test.concurrent.each(on(answers.id))('%s, on %s', limit, (_, suite) =>
    recorded(answers.id, suite, async () => {
      const { known, outcome } = await meetAll(answers, suite);
      expect([...known].filter((kind) => !(kind in kinds))).toEqual([]);
      return { outcome, gap: null };
    }),
  );

  test.concurrent.each(on(programs.id))('%s, on %s', limit, (_, suite) =>
    recorded(programs.id, suite, async () => {
      const { known, outcome } = await meetAll(programs, suite);
      expect(known.size).toBeGreaterThan(20);
      return { outcome, gap: null };
    }),
  );
});
