import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProgramResult } from '../../support/hosts/program.ts';
import { entries } from '../stage/observe.ts';
import { type Course, momentsOf, windowOf } from './course.ts';
import { recordTurn, soaked, type TurnResult, turnResults, variable } from './results.ts';
import { soakTable } from './table.ts';
import { type Turn, turnsOf } from './turns.ts';
import { expectUndoTrue, leftByHand } from './undone.ts';

// What the soak says of itself.

const turns = turnsOf(7, 400);
const turnLike = (wanted: (turn: Turn) => boolean): Turn => {
  const found = turns.find(wanted);
  if (!found) throw new Error('no such turn');
  return found;
};

test('a longer soak begins with the shorter one, and a turn has the same moments each time', () => {
  expect(turnsOf(7, 20)).toEqual(turns.slice(0, 20));
});

describe.each<Course>([
  { lines: 78, kept: 30, restart: 60, undo: 3000 },
  { lines: 51, kept: 12, restart: 44, undo: 90_000 },
])('where a run prints $lines lines', (course) => {
  test('each moment can hold its fault, and all lines but the last are met', () => {
    const met = new Set<number>();
    for (const turn of turns) {
      const [first, last] = windowOf(turn, course);
      for (const { line, later } of momentsOf(turn, course)) {
        expect(later).toBeGreaterThanOrEqual(0);
        if (turn.during === 'undo') expect(later).toBeLessThan(course.undo);
        else {
          expect(line).toBeGreaterThanOrEqual(first);
          expect(line).toBeLessThanOrEqual(last);
          met.add(line);
        }
      }
    }
    expect(met).toContain(1);
    expect(met).toContain(course.lines - 1);
    const damaged = turnLike(({ mishap, during }) => mishap.kind === 'damaged' && during === 'run');
    expect(windowOf(damaged, course)[0]).toBe(course.kept);
    const slow = turnLike(
      ({ mishap, during }) => mishap.kind === 'slow restart' && during === 'run',
    );
    expect(windowOf(slow, course)[1]).toBe(course.restart);
  });

  test('a fault that cannot happen is met nearer to where it can', () => {
    const undone = momentsOf(
      turnLike(({ during, share }) => during === 'undo' && share > 900),
      course,
    );
    expect(undone.at(-1)?.later).toBeLessThan(course.undo / 20);
    const late = momentsOf(
      turnLike(
        ({ during, share, mishap }) => during === 'run' && share > 990 && mishap.kind === 'killed',
      ),
      course,
    );
    const middle = course.lines / 2;
    expect(Math.abs((late.at(-1)?.line ?? 0) - middle)).toBeLessThan(3);
    expect(late.map(({ line }) => line)).toEqual(
      late.map(({ line }) => line).toSorted((a, b) => b - a),
    );
  });
});

describe('what is recorded', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-turns-'));
    vi.stubEnv(variable, folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const turn = turnLike(({ mishap }) => mishap.kind === 'disk full');
  const one: TurnResult = {
    ...{ seed: 7, number: 3, turn, outcome: 'failed', failed: null },
    ...{ happened: true, moved: 1, gap: 900, edited: '/etc/mosquitto/certs/release-0001/mine.txt' },
  };

  test('a turn that failed and held when it was met again is told as that', () => {
    recordTurn({ ...one, at: 1000, outcome: 'FAILED', failed: 'neither' });
    expect(soaked(7)(3, turn)).toBe(false);
    recordTurn({ ...one, at: 2000 });
    // Written last, and older: from before times were kept.
    recordTurn({ ...one, at: 0, outcome: 'of old' });
    expect(soaked(7)(3, turn)).toBe(true);
    expect(turnResults(folder, 7)).toMatchObject([{ outcome: 'failed', failedBefore: 1 }]);
    const table = soakTable(7, turnResults(folder, 7));
    expect(table).toMatch(/\| disk full[^|]*\| 1 of 1 \| 900 ms \|/);
    expect(table).toContain('0 failed');
    expect(table).toContain(
      'Met at another moment than the one drawn, as nothing could happen then: 1.',
    );
    expect(table).toContain('/etc/mosquitto/certs/release-NNNN/mine.txt (1)');
    expect(table).toContain('as they had failed at first: 1 (turns 3); 1 of them held then.');
  });

  test('one whose fault never happened does not count as one that did', () => {
    recordTurn({ ...one, happened: false, outcome: 'FAILED', failed: 'could not happen' });
    const table = soakTable(7, turnResults(folder, 7));
    expect(table).toMatch(/\| disk full[^|]*\| 0 of 1 \|/);
    expect(table).toContain('1 failed');
  });

  test('what another turn of that number has come to is not taken for it', () => {
    recordTurn({ ...one, turn: { ...turn, share: turn.share + 1 } });
    expect(soaked(7)(3, turn)).toBe(false);
  });
});

describe('what an undo says is compared with what is there', () => {
  const file = (path: string, bytes: string) => [
    `${path} f 644 root:root 1 1.0`,
    `${bytes.repeat(64)}  ${path}`,
  ];
  const tree = (files: Record<string, string>) =>
    Object.entries(files)
      .flatMap(([path, bytes]) => file(path, bytes))
      .join('\n');
  const look = (files: Record<string, string>, pid = 7) => ({
    tree: tree(files),
    pid,
    journal: ['/etc/a'],
    copies: ['e'.repeat(64)],
  });
  const original = entries(tree({ '/etc/a': 'a', '/etc/c': 'c' }));
  const set = { '/etc/a': 'b', '/etc/c': 'c', '/etc/new': 'd' };
  const back = { '/etc/a': 'a', '/etc/c': 'c' };
  const done = (said: object): ProgramResult => ({
    ...{ code: 0, stderr: '', bytes: Buffer.alloc(0) },
    stdout: JSON.stringify({ result: 'restored', restored: [], removed: [], left: [], ...said }),
  });
  const failed = (...lines: string[]): ProgramResult => ({
    ...{ code: 1, stdout: '', bytes: Buffer.alloc(0) },
    stderr: ['One file could not be put back.', ...lines.map((line) => `    ${line}`)].join('\n'),
  });
  const says = (undo: ProgramResult, after: Record<string, string>, pid?: number) => () =>
    expectUndoTrue(undo, original, look(set), look(after, pid));

  test('where all was put back', () => {
    const all = done({ restored: ['/etc/a'], removed: ['/etc/new'] });
    expect(says(all, back)).not.toThrow();
    expect(says(all, set)).toThrow('restored /etc/a');
    expect(says(all, { ...back, '/etc/new': 'd' })).toThrow('removed /etc/new');
    expect(says(all, { ...back, '/etc/c': 'x' })).toThrow('nothing is said of /etc/c');
    expect(says(done({ restored: ['/etc/a'] }), back)).toThrow('nothing is said of /etc/new');
    const later = [{ path: '/etc/a', kept: '/etc/a.later-1' }];
    const kept = done({ restored: ['/etc/a'], removed: ['/etc/new'], later });
    expect(says(kept, { ...back, '/etc/a.later-1': 'b' })).not.toThrow();
    expect(says(kept, { ...back, '/etc/a.later-1': 'e' })).not.toThrow();
    expect(says(kept, { ...back, '/etc/a.later-1': 'x' })).toThrow('kept /etc/a');
  });

  test('where only the broker is not as it was', () => {
    const stderr = 'The files are as they were, but the broker does not start with them.';
    const down = { code: 1, stdout: '', stderr, bytes: Buffer.alloc(0) };
    expect(says(down, back, 0)).not.toThrow();
    expect(says(down, set, 0)).toThrow('as it was: /etc/a');
  });

  test('where a folder that came with a change stays', () => {
    const [folder, key] = ['/etc/release-0001', '/etc/release-0001/key'];
    const stays = (there: Record<string, string>, journal: string[]) => () => {
      const before = { ...look({ ...set, ...there }), journal: ['/etc/a', ...journal] };
      const said = { restored: ['/etc/a'], removed: ['/etc/new'] };
      expectUndoTrue(done(said), original, before, look({ ...back, ...there }));
    };
    const mine = { [folder]: 'f', [`${folder}/mine.txt`]: 'm' };
    expect(stays(mine, [folder])).toThrow(folder);
    expect(stays({ [folder]: 'f', [key]: 'k' }, [])).toThrow(folder);
    // An earlier undo has left it for somebody's file.
    expect(stays(mine, [])).not.toThrow();
  });

  test('where something was left to do by hand', () => {
    const line = 'sudo cp -aT --remove-destination /var/lib/x/journal/0001-harden/0001/copy /etc/a';
    expect(leftByHand(failed(line).stderr)).toEqual(['/etc/a']);
    expect(says(failed(line), set)).not.toThrow();
    expect(says(failed(line), back)).toThrow('failed /etc/a');
    expect(says(failed(line), { ...set, '/etc/c': 'x' })).toThrow('nothing is said of /etc/c');
    expect(says(failed(line), set, 8)).toThrow();
    const beside = { ...set, '/etc/c': 'c', '/etc/c.later-1': 'c' };
    expect(says(failed(line), beside)).toThrow('nothing is said of /etc/c.later-1');
    const kept = '# kept      /etc/c as it was changed since: /etc/c.later-1';
    expect(says(failed(kept, line), beside)).not.toThrow();
    expect(says(failed(), set)).toThrow();
  });
});
