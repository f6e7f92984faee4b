import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { runInterrupted } from '../stage/interrupted.ts';
import { resultOf, setStage } from '../stage/stage.ts';
import type { Turn } from './turns.ts';

/** How a set-up and its undo go on one suite when nobody disturbs them. */
export interface Course {
  /** How many lines the run prints. */
  lines: number;
  /** The line with which something is kept on the host for an undo. */
  kept: number;
  /** The last line before the broker is restarted. */
  restart: number;
  /** How long the undo takes, in milliseconds. */
  undo: number;
}

/** Counts it, once for all turns on this suite. */
export async function courseOn(host: TestHost): Promise<Course> {
  await using home = await newHome();
  const stage = await setStage(host.suite, host, home);
  const run = await runInterrupted(stage, () => {});
  expect(resultOf(run), run.stderr).toBe('secured');
  const lines = run.stdout.trimEnd().split('\n');
  const first = (pattern: RegExp) => 1 + lines.findIndex((line) => pattern.test(line));
  const undo = await runInterrupted(stage, () => {}, 120, ['undo', '--json', '--yes']);
  expect(undo.code, undo.stderr).toBe(0);
  const course = {
    lines: lines.length,
    // A folder is brought with what takes it away again.
    kept: first(/"event":"change","step":"distribute","host":"[^"]*@/),
    restart: first(/Making the change/),
    undo: undo.seconds * 1000,
  };
  expect(course.kept).toBeGreaterThan(1);
  expect(course.restart).toBeGreaterThan(course.kept);
  return course;
}

/** When it happens: after a line of a run, or after the start of an undo; and so many milliseconds later. */
export interface Moment {
  line: number;
  later: number;
  /** The line of a run at so many thousandths of all. */
  lines(share: number): number;
}

/** A fault that cannot happen at a moment is met at the next of so many. */
const tries = 6;

/** The lines of a run after which a turn's fault can happen, the first and the last. */
export function windowOf({ mishap }: Turn, { lines, kept, restart }: Course): [number, number] {
  // The line that tells how it ended comes when nothing is left to happen.
  if (mishap.kind === 'damaged') return [kept, lines - 1];
  if (mishap.kind === 'slow restart') return [1, restart];
  return [1, lines - 1];
}

/**
 * The moments of a turn: its own, and where the fault cannot happen then, as the program has ended before, others of the
 * same turn: nearer and nearer to the middle of what can hold it in a run, to the start of an undo.
 */
export function momentsOf(turn: Turn, course: Course): Moment[] {
  const [first, last] = windowOf(turn, course);
  const lines = (share: number) => 1 + Math.floor((share * (course.lines - 1)) / 1000);
  return Array.from({ length: tries }, (_, again) => {
    const halves = 2 ** again;
    const later = Math.floor(turn.later / halves);
    if (turn.during === 'undo')
      return { line: 0, lines, later: Math.floor((course.undo * turn.share) / 1000 / halves) };
    const share = 0.5 + (turn.share / 1000 - 0.5) / halves;
    return { line: first + Math.floor((last - first + 1) * share), lines, later };
  });
}
