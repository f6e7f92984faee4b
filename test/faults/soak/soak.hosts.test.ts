import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { newHome } from '../../end-to-end/lockstep.ts';
import * as observe from '../../end-to-end/observer.ts';
import { onHosts } from '../../end-to-end/on-hosts.ts';
import { bootHost, type TestHost } from '../../hosts/host.ts';
import type { ProgramResult } from '../../hosts/program.ts';
import { suites } from '../../hosts/suites.ts';
import { runInterrupted } from '../interrupted.ts';
import { exposedKeys, serving } from '../observe.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  type Stage,
  setStage,
} from '../stage.ts';
import { type Happened, happen } from './mishaps.ts';
import { recordTurn, soaked } from './results.ts';
import { saidBy } from './said.ts';
import { type Turn, turnsOf } from './turns.ts';

// Set-ups with a fault at a random moment each. After it: the old service or the new one, no edit is lost, and what the
// program says is what is seen.

const count = Number(process.env.LOCKSTEP_SOAK ?? 6);
const seed = Number(process.env.LOCKSTEP_SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** One turn alone, to look into it. */
const only = Number(process.env.LOCKSTEP_SOAK_ONLY ?? 0);

const access = '/etc/mosquitto/conf.d/access.conf';
const kept = '/var/lib/mqtt-lockstep';
const mine = '# an edit of mine';

/** Where the edit is on the host: in the configuration, or in what is kept of it as long as another is in its place. */
const edits = async (host: TestHost, ...kept: string[]): Promise<string> =>
  (await host.exec(['grep', '-rlxF', '--', mine, '/etc/mosquitto', ...kept])).stdout;

const serves = ({ host, home, before }: Stage) => serving(host, home, before);

/** One is there, and the words of who went last are true. */
async function expectTrue(stage: Stage, ran: ProgramResult, turn: Turn): Promise<void> {
  const said = saidBy(ran);
  const words = `${ran.stdout.trimEnd().split('\n').at(-1)} ${ran.stderr}`;
  if (said.now) expect(await serves(stage), words).toBe(said.now);
  if (turn.waits || said.atEnd || turn.mishap.kind === 'damaged') {
    await leftAlone(stage.host);
    const service = turn.edit === null ? await expectOldOrNew(stage) : await serves(stage);
    expect(service, words).toMatch(/^(old|new)$/);
    if (said.atEnd) expect(service, words).toBe(said.atEnd);
  }
  expect(await exposedKeys(stage.host, stage.home, stage.before)).toEqual([]);
}

/** Gives what came of it, and whether the host can serve for another turn. */
async function meet(host: TestHost, turn: Turn): Promise<{ outcome: string; again: boolean }> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  let happened: Promise<Happened> | undefined;
  let edited: Promise<unknown> | undefined;
  const run = await runInterrupted(
    stage,
    (_, { lines, kill }) => {
      if (lines.length === turn.edit)
        edited = host.succeed(['sh', '-c', `echo '${mine}' >>${access}`]);
      if (turn.during === 'run' && lines.length === turn.line)
        happened = setTimeout(turn.later).then(() =>
          happen(host, turn.mishap, () => kill('SIGKILL')),
        );
      return Promise.all([happened, edited]);
    },
    150,
  );
  const what = await happened;
  // It goes back by itself also while the disk is full, and nothing comes through.
  if (turn.waits && turn.mishap.kind !== 'reboot') await leftAlone(host);
  await what?.end();
  let damaged = what?.damaged ?? null;
  await expectTrue(stage, run, turn);
  let outcome = resultOfWhole(run);
  if (turn.during === 'undo') {
    const [undo, then] = await undoInterrupted(stage, turn);
    damaged ??= then.damaged;
    outcome = `${outcome}, undo ${undo.code === null ? 'killed' : undo.code}`;
  }
  // The only copy of it may be what was damaged.
  if (edited && !damaged?.endsWith('/copy')) {
    await expectKept(stage, turn);
    return { outcome: `${outcome}, edit kept`, again: false };
  }
  if (turn.mishap.kind === 'damaged') {
    await expectDamageTold(stage, damaged);
    return { outcome, again: false };
  }
  // A change that goes on without its program is brought to its end by the next run.
  const left = turn.waits ? await observe.tree(host) : stage.before.tree;
  if (turn.during === 'run') await expectSecured(stage, left);
  await expectUndone(stage);
  return { outcome, again: true };
}

/** All that an assertion has to say. */
function wholeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const seen = 'actual' in error ? ` ${JSON.stringify(error.actual)}` : '';
  return `${error.message}${seen}\n${error.stack?.split('\n').find((line) => /soak|stage/.test(line)) ?? ''}`;
}

const resultOfWhole = (run: ProgramResult): string =>
  run.code === null ? 'killed' : resultOf(run);

/** An undo with the mishap in it; its words are true. */
async function undoInterrupted(stage: Stage, turn: Turn): Promise<[ProgramResult, Happened]> {
  let happened: Promise<Happened> | undefined;
  const undo = await runInterrupted(
    stage,
    (_, { kill }) => {
      happened ??= setTimeout(turn.later * 5).then(() =>
        happen(stage.host, turn.mishap, () => kill('SIGKILL')),
      );
      return happened;
    },
    150,
    ['undo', '--json', '--yes'],
  );
  if (!happened) throw new Error('it never began');
  const what = await happened;
  await what.end();
  // What is damaged is left to be done by hand.
  if (turn.mishap.kind !== 'damaged') await leftAlone(stage.host);
  const service = await serves(stage);
  const words = undo.stdout + undo.stderr;
  expect(service, words).toMatch(undo.code === 0 ? /^old$/ : /^(old|new)$/);
  return [undo, what];
}

/** Whatever is done now, the edit is somewhere. */
async function expectKept(stage: Stage, turn: Turn): Promise<void> {
  const { host, lockstep } = stage;
  expect(await edits(host, kept)).not.toBe('');
  const again = await lockstep('run', '--json');
  expect(await edits(host, kept), again.stderr).not.toBe('');
  if (turn.mishap.kind !== 'damaged') {
    expect(resultOf(again), again.stderr).toMatch(/^(secured|unchanged)$/);
    expect(await serves(stage)).toBe('new');
  }
  const undo = await lockstep('undo', '--json', '--yes');
  expect(await edits(host, kept), undo.stdout + undo.stderr).not.toBe('');
  if (undo.code !== 0) return;
  expect(await edits(host), undo.stdout).not.toBe('');
  expect(await serves(stage)).toBe('old');
}

/** An undo restores all of it, or says that it could not and what is left, and has left that alone. */
async function expectDamageTold(stage: Stage, damaged: string | null): Promise<void> {
  const before = await serves(stage);
  const undo = await stage.lockstep('undo', '--json', '--yes');
  const now = await serves(stage);
  if (undo.code === 0) expect(now, undo.stdout).toBe('old');
  else {
    expect(damaged, undo.stderr).not.toBeNull();
    expect(undo.stderr).toMatch(/could not be put back|damaged|by hand/);
    expect(now, `${before}: ${undo.stderr}`).toMatch(/^(old|new)$/);
  }
}

onHosts.concurrent('a soak of faults', () => {
  const turns = turnsOf(seed, count).map((turn, index) => ({ turn, number: index + 1 }));
  const met = soaked(seed);
  const lanes = count > 20 ? 3 : 1;
  test.concurrent.each(suites)(
    `seed ${seed}, ${count} turns: on %s`,
    { timeout: 6 * 3_600_000 },
    async (suite) => {
      const waiting = turns.filter(
        ({ turn, number }) =>
          turn.suite === suite && !met.has(number) && (only === 0 || only === number),
      );
      const failures: string[] = [];
      const lane = async () => {
        let host: TestHost | undefined;
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const { turn, number } = next;
          host ??= await bootHost({ suite, diskMiB: 96 });
          const begun = performance.now();
          try {
            const { outcome, again } = await meet(host, turn);
            recordTurn({ seed, number, turn, outcome, failed: null });
            if (again) continue;
          } catch (error) {
            const why = wholeOf(error);
            failures.push(`${number} ${JSON.stringify(turn)}: ${why}`);
            recordTurn({ seed, number, turn, outcome: 'FAILED', failed: why });
            console.log(
              `seed ${seed}, turn ${number} ${JSON.stringify(turn)} after ${Math.round(performance.now() - begun)} ms: ${why}`,
            );
          }
          await host.close();
          host = undefined;
        }
        await host?.close();
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      expect(failures).toEqual([]);
    },
  );
});
