import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import { onHosts } from '../../support/program/on-hosts.ts';
import { type Course, courseOn, momentsOf } from './course.ts';
import { recordTurn, soaked } from './results.ts';
import { type Met, meet } from './turn.ts';
import { type Turn, turnsOf } from './turns.ts';

// Set-ups with a fault at a random moment each. After it: the old service or the new one, no edit is lost, and what the
// program says is what is seen.

/** One turn alone, or a few (`3,14`), to look into them. */
const only = (process.env.LOCKSTEP_SOAK_ONLY ?? '').split(',').map(Number).filter(Boolean);
const count = Math.max(...only, Number(process.env.LOCKSTEP_SOAK ?? 6));
const seed = Number(process.env.LOCKSTEP_SOAK_SEED ?? seedOfCommit());

/** Each commit has turns of its own, and always the same ones. */
function seedOfCommit(): number {
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
  return Number.parseInt(stdout?.slice(0, 7) || '1', 16);
}

interface Numbered {
  number: number;
  turn: Turn;
}

/** All that an assertion has to say. */
function wholeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const seen = 'actual' in error ? ` ${JSON.stringify(error.actual)}` : '';
  return `${error.message}${seen}\n${error.stack?.split('\n').find((line) => /soak|stage/.test(line)) ?? ''}`;
}

/** A host that serves for one turn after the other, as long as it is as it was booted. */
class Lane {
  readonly #suite: Suite;
  readonly #course: Course;
  #host: TestHost | undefined;

  constructor(suite: Suite, course: Course) {
    this.#suite = suite;
    this.#course = course;
  }

  /** Meets a turn at the first of its moments at which its fault happens. Gives why it failed. */
  async meet({ number, turn }: Numbered): Promise<string | null> {
    const begun = performance.now();
    const met: Met = {
      happened: false,
      outcome: '',
      gap: null,
      edited: null,
      original: new Map(),
      again: false,
    };
    let moved = 0;
    let failed: string | null = null;
    try {
      const moments = momentsOf(turn, this.#course);
      for (const [before, moment] of moments.entries()) {
        moved = before;
        Object.assign(met, { happened: false, edited: null, again: false });
        this.#host ??= await bootHost({ suite: this.#suite, diskMiB: 96 });
        await meet(this.#host, turn, moment, met);
        if (!met.again) await this.close();
        if (met.happened) break;
      }
      expect(met.happened, 'its fault could not happen at any moment').toBe(true);
    } catch (error) {
      failed = wholeOf(error);
      await this.close();
      const took = Math.round(performance.now() - begun);
      console.log(
        `LOCKSTEP_SOAK_SEED=${seed} LOCKSTEP_SOAK_ONLY=${number} ${JSON.stringify(turn)} after ${took} ms: ${failed}`,
      );
    }
    const { happened, outcome, gap, edited } = met;
    const known = { happened, moved, gap, edited };
    recordTurn({ seed, number, turn, outcome: failed ? 'FAILED' : outcome, failed, ...known });
    if (only.includes(number)) console.log(JSON.stringify({ number, outcome, ...known }));
    return failed;
  }

  async close(): Promise<void> {
    await this.#host?.close();
    this.#host = undefined;
  }
}

onHosts.concurrent('a soak of faults', () => {
  const met = soaked(seed);
  const turns = turnsOf(seed, count)
    .map((turn, index): Numbered => ({ turn, number: index + 1 }))
    .filter(({ number, turn }) => (only.length === 0 ? !met(number, turn) : only.includes(number)));
  const lanes = count > 20 && only.length === 0 ? 3 : 1;
  test.concurrent.each(suites)(
    `seed ${seed}, ${count} turns: on %s`,
    { timeout: 12 * 3_600_000 },
    async (suite) => {
      const waiting = turns.filter(({ turn }) => turn.suite === suite);
      if (waiting.length === 0) return;
      const first = await bootHost({ suite, diskMiB: 96 });
      const course = await courseOn(first).finally(() => first.close());
      const failures: string[] = [];
      const goOn = async () => {
        const lane = new Lane(suite, course);
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const failed = await lane.meet(next);
          if (failed) failures.push(`${next.number} ${JSON.stringify(next.turn)}: ${failed}`);
        }
        await lane.close();
      };
      await Promise.all(Array.from({ length: lanes }, goOn));
      expect(failures).toEqual([]);
    },
  );
});
