import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import { type ProgramResult, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { type Interruption, runInterrupted } from '../stage/interrupted.ts';
import { entries, exposedKeys, serving, workingThere } from '../stage/observe.ts';
import {
  expectOldOrNew,
  expectSecured,
  expectUndone,
  leftAlone,
  resultOf,
  type Stage,
  setStage,
} from '../stage/stage.ts';
import { watch } from '../stage/watch.ts';
import type { Moment } from './course.ts';
import { edit, expectInPlace, expectSomewhere, findEdit } from './edits.ts';
import { type Happened, happen } from './mishaps.ts';
import { saidBy } from './said.ts';
import type { Turn } from './turns.ts';
import { expectUndoTrue, lookAt } from './undone.ts';

/** A program ends within so many seconds, whatever happens. */
const patience = 330;

/** What came of a turn, as far as it has come. */
export interface Met {
  happened: boolean;
  outcome: string;
  gap: number | null;
  /** Where somebody edited. */
  edited: string | null;
  /** The broker's files as they are to be after an undo. */
  original: Map<string, string>;
  /** Whether the host is as before, and can serve for another turn. */
  again: boolean;
}

const serves = ({ host, home, before }: Stage) => serving(host, home, before);

/**
 * Meets a turn at a moment, on a host that is as it was booted, with a watcher around it. What comes of it is put into
 * `met` on the way. Where the fault could not happen then, nothing more is looked at, and the host is of no more use.
 */
export async function meet(host: TestHost, turn: Turn, at: Moment, met: Met): Promise<void> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  met.original = entries(stage.before.tree);
  const watcher = await watch(host, home);
  try {
    await meetWatched(stage, turn, at, met);
  } finally {
    met.gap = await watcher.end();
  }
}

async function meetWatched(stage: Stage, turn: Turn, at: Moment, met: Met): Promise<void> {
  const { host } = stage;
  const edits = async () => {
    if (turn.edit) await edit(host, turn.edit, met);
  };
  const editLine = turn.edit?.share == null ? null : at.lines(turn.edit.share);
  let happened: Promise<Happened> | undefined;
  let editing: Promise<void> | undefined;
  const run = await runInterrupted(
    stage,
    (_, program) => {
      const { length } = program.lines;
      if (length === editLine) editing ??= edits();
      if (turn.during === 'run' && length === at.line) happened ??= soon(stage, turn, at, program);
      return Promise.all([happened, editing]);
    },
    patience,
  );
  const what = await happened;
  // It goes back by itself also while the disk is full, and nothing comes through.
  if (turn.waits && turn.mishap.kind !== 'reboot') await settledThere(stage, turn);
  if (what) met.happened = await what.end();
  if (turn.during === 'run' && !met.happened) return;
  expectEnded(run, turn);
  await expectTrue(stage, run, turn, met);
  met.outcome = run.code === null ? 'killed' : resultOf(run);
  let damaged = what?.damaged ?? null;
  // What could not be edited before, as the run came to its end or no room was left, is now.
  await edits();
  if (turn.during === 'undo') {
    const disturbed = await undoInterrupted(stage, turn, at, met);
    if (!disturbed) return;
    damaged = disturbed.damaged;
  }
  if (met.edited !== null) return expectKept(stage, turn, met, met.edited);
  if (turn.mishap.kind === 'damaged') return expectDamageTold(stage, met, damaged);
  // A change that goes on without its program is brought to its end by the next run.
  const left = turn.waits ? await observe.tree(host) : stage.before.tree;
  if (turn.during === 'run') await expectSecured(stage, left);
  await expectUndone(stage);
  met.again = true;
}

const soon = ({ host }: Stage, { mishap }: Turn, { later }: Moment, program: Interruption) =>
  setTimeout(later).then(() => happen(host, mishap, program));

/** Only a program that was killed has no exit status. */
function expectEnded(ran: ProgramResult, { mishap }: Turn): void {
  if (mishap.kind !== 'killed') expect(ran.code, `ends by itself: ${ran.stderr}`).not.toBeNull();
}

/** Nothing goes on there; of what is damaged something may be left that only its owner can put right. */
const settledThere = ({ host }: Stage, { mishap }: Turn): Promise<true> =>
  mishap.kind === 'damaged'
    ? until('nothing to be at work there', 300, async () => !(await workingThere(host)) || null)
    : leftAlone(host);

/** The old service or the new one is there, and the words of who went last are true. */
async function expectTrue(
  stage: Stage,
  ran: ProgramResult,
  turn: Turn,
  { edited }: Met,
): Promise<void> {
  const said = saidBy(ran);
  const words = `${ran.stdout.trimEnd().split('\n').at(-1)} ${ran.stderr}`;
  if (said.now) expect(await serves(stage), words).toBe(said.now);
  if (turn.waits || said.atEnd || turn.mishap.kind === 'damaged') {
    await settledThere(stage, turn);
    const service = edited === null ? await expectOldOrNew(stage) : await serves(stage);
    expect(service, words).toMatch(/^(old|new)$/);
    if (said.atEnd) expect(service, words).toBe(said.atEnd);
  }
  expect(await exposedKeys(stage.host, stage.home, stage.before)).toEqual([]);
}

/** An undo, and what it says compared with what is seen. */
async function undone(stage: Stage, { original }: Met): Promise<ProgramResult> {
  const before = await lookAt(stage.host);
  const undo = await stage.lockstep('undo', '--json', '--yes');
  expectUndoTrue(undo, original, before, await lookAt(stage.host));
  return undo;
}

/** An undo with the mishap in it; its words are true. Null: it had ended before. */
async function undoInterrupted(
  stage: Stage,
  turn: Turn,
  at: Moment,
  met: Met,
): Promise<Happened | null> {
  const before = await lookAt(stage.host);
  let happened: Promise<Happened> | undefined;
  const undo = await runInterrupted(
    stage,
    (_, program) => {
      happened ??= soon(stage, turn, at, program);
      return happened;
    },
    patience,
    ['undo', '--json', '--yes'],
  );
  const what = await happened;
  met.happened = (await what?.end()) ?? false;
  if (!what || !met.happened) return null;
  expectEnded(undo, turn);
  met.outcome = `${met.outcome}, undo ${undo.code === null ? 'killed' : undo.code}`;
  await settledThere(stage, turn);
  const service = await serves(stage);
  const words = undo.stdout + undo.stderr;
  expect(service, words).toMatch(undo.code === 0 ? /^old$/ : /^(old|new)$/);
  expectUndoTrue(undo, met.original, before, await lookAt(stage.host));
  return what;
}

/** Whatever is done now, the edit is somewhere; and where all is undone, in its place or beside, and told. */
async function expectKept(stage: Stage, turn: Turn, met: Met, path: string): Promise<void> {
  const { host, lockstep } = stage;
  expectSomewhere(await findEdit(host, path), path, '');
  const again = await lockstep('run', '--json');
  const before = await findEdit(host, path);
  expectSomewhere(before, path, again.stderr);
  if (turn.mishap.kind !== 'damaged') {
    expect(resultOf(again), again.stderr).toMatch(/^(secured|unchanged)$/);
    expect(await serves(stage)).toBe('new');
  }
  const undo = await undone(stage, met);
  const now = await findEdit(host, path);
  expectSomewhere(now, path, again.stderr + undo.stderr);
  if (turn.mishap.kind !== 'damaged') expect(undo.code, undo.stderr).toBe(0);
  const where = now.there.includes(path) ? 'in place' : now.beside.length > 0 ? 'beside' : 'kept';
  met.outcome = `${met.outcome}, edit ${where}`;
  if (undo.code !== 0) return;
  expectInPlace(now, before, path, undo.stdout);
  expect(await serves(stage)).toBe('old');
}

/** An undo restores all of it, or says that it could not and what is left, and has left that alone. */
async function expectDamageTold(stage: Stage, met: Met, damaged: string | null): Promise<void> {
  const before = await serves(stage);
  const undo = await undone(stage, met);
  const now = await serves(stage);
  if (undo.code === 0) expect(now, undo.stdout).toBe('old');
  else {
    expect(damaged, undo.stderr).not.toBeNull();
    expect(undo.stderr).toMatch(/could not be put back|damaged|by hand/);
    expect(now, `${before}: ${undo.stderr}`).toMatch(/^(old|new)$/);
  }
}
