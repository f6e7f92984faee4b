import { type ChildProcessByStdio, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import { type Lock, lockSite } from '../../state/lock/lock.ts';
import type { LockRecord } from '../../state/lock/lock-file.ts';
import { lifeOf, nameProcess } from '../../state/lock/process-life.ts';
import { bundled } from './programs/build.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-lock-'));
const onLinux = process.platform === 'linux';
let folder: string;
let locker: string;
let count = 0;

beforeAll(async () => {
  locker = await bundled('locker', root);
});
beforeEach(() => {
  count += 1;
  folder = join(root, `home-${count}`);
});
const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const since = new Date(2026, 10, 3, 14, 5).toISOString();
const bob = { user: 'bob', terminal: 'pts/2', pid: process.pid, since };
const fileOf = (id: string) => join(folder, 'locks', `${id}.lock`);
const troubleOf = async (what: Promise<unknown>): Promise<Trouble> => {
  const error = await what.then(
    () => null,
    (thrown) => thrown,
  );
  if (error instanceof Trouble) return error;
  throw error ?? new Error('there was no trouble');
};

interface Program {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** Sends a line and gives the next one back; null when it has died. */
  tell(line: string): Promise<string | null>;
  kill(): Promise<void>;
}

async function start(): Promise<Program> {
  const child = spawn(process.execPath, [locker, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Writing to one that has just died is no fault here.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? null;
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  expect(await line()).toBe('ready');
  const program: Program = {
    child,
    tell: (text) => {
      child.stdin.write(`${text}\n`);
      return line();
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
  programs.push(program);
  return program;
}

const startMany = (n: number) => Promise.all(Array.from({ length: n }, start));

/** The file of a lock as a program leaves it that is killed while it holds it. */
async function deadLock(): Promise<string> {
  const program = await start();
  expect(await program.tell('lock dead')).toBe('won');
  await program.kill();
  return readFileSync(fileOf('dead'), 'utf8');
}

/** A lock of this very process, changed as told. */
function forge(id: string, change: Partial<LockRecord['process']>): void {
  mkdirSync(join(folder, 'locks'), { recursive: true });
  const named = { ...nameProcess(process.pid), ...change };
  const nonce = '7f3c1c0e-3b1f-4d8e-9d55-0a6b6d1f2a11';
  writeFileSync(fileOf(id), JSON.stringify({ nonce, owner: bob, process: named }));
}

describe('the lock of a site', () => {
  test('is held by one, who is named to the other, until it is released', async () => {
    const lock = await lockSite(folder, 'practice', bob);
    expect(lock.takenOverFrom).toBeNull();
    const trouble = await troubleOf(lockSite(folder, 'practice', { ...bob, user: 'eve' }));
    expect(trouble.message).toBe(
      `This site is in use by another Lockstep of bob on pts/2, since 2026-11-03 14:05 (process ${process.pid}).`,
    );
    expect(trouble.next).toContain(`kill ${process.pid}`);
    expect(trouble.exitCode).toBe(3);
    await lock.release();
    const next = await lockSite(folder, 'practice', bob);
    expect(next.takenOverFrom).toBeNull();
    // The first one's lock is gone; it must not let go of the second one's.
    await lock.release();
    await troubleOf(lockSite(folder, 'practice', bob));
    await next.release();
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('holds one site, not the others', async () => {
    await lockSite(folder, 'practice', bob);
    await lockSite(folder, 'local', bob);
  });

  test('is private, and shows nothing harmful of what is in it', async () => {
    const strange = { ...bob, user: 'b\x1b[2Job', terminal: '' };
    await lockSite(folder, 'practice', strange);
    const shown = (await troubleOf(lockSite(folder, 'practice', bob))).message;
    expect(shown).toContain('of b·[2Job, since');
    expect((statSync(fileOf('practice')).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(join(folder, 'locks')).mode & 0o777).toString(8)).toBe('700');
  });

  test('is refused in a folder that others can write in', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o770);
    expect((await troubleOf(lockSite(folder, 'practice', bob))).message).toContain('Other users');
  });

  test('is free at once when the program that held it is killed, and says whose it was', async () => {
    const program = await start();
    expect(await program.tell('lock practice')).toBe('won');
    const pid = program.child.pid;
    expect((await troubleOf(lockSite(folder, 'practice', bob))).message).toContain(
      `of ann on pts/7, since`,
    );
    await program.kill();
    const lock = await lockSite(folder, 'practice', bob);
    expect(lock.takenOverFrom).toMatchObject({ user: 'ann', pid });
    expect(readdirSync(join(folder, 'locks'))).toEqual(['practice.lock']);
    await lock.release();
  });

  test.skipIf(!onLinux)('of a suspended program is held, and how to go on is said', async () => {
    const program = await start();
    await program.tell('lock practice');
    program.child.kill('SIGSTOP');
    await expect.poll(() => lifeOf(nameProcess(program.child.pid ?? 0))).toBe('suspended');
    const trouble = await troubleOf(lockSite(folder, 'practice', bob));
    expect(trouble.next).toContain('fg');
  });

  test.skipIf(!onLinux)(
    'a process that only has the number of a dead one does not count',
    async () => {
      forge('practice', { started: '1' });
      expect((await lockSite(folder, 'practice', bob)).takenOverFrom).toEqual(bob);
    },
  );

  test('one from before the machine was started again does not count', async () => {
    forge('practice', { boot: 'another' });
    await lockSite(folder, 'practice', bob);
  });

  test('one that cannot be judged from here counts, and what to do is said', async () => {
    forge('practice', { boot: 'another', machine: `not-${hostname()}` });
    const trouble = await troubleOf(lockSite(folder, 'practice', bob));
    expect(trouble.next).toContain(`delete ${fileOf('practice')}`);
    forge('practice', { namespace: 'pid:[1]' });
    await troubleOf(lockSite(folder, 'practice', bob));
  });

  test.each(['', '{"nonce":', '{}', '\0\0\0\0'])(
    'a damaged file (%j) is taken over',
    async (text) => {
      mkdirSync(join(folder, 'locks'), { recursive: true });
      writeFileSync(fileOf('practice'), text);
      const lock = await lockSite(folder, 'practice', bob);
      expect(lock.takenOverFrom).toBeNull();
      await troubleOf(lockSite(folder, 'practice', bob));
    },
  );

  test('what killed programs left while taking it is tidied, not what is in the making', async () => {
    const dead = await deadLock();
    const locks = join(folder, 'locks');
    const [temporary, old, young] = ['a.lock.1', 'a.lock.2', 'a.lock.3'];
    writeFileSync(join(locks, temporary), dead);
    writeFileSync(join(locks, old), '{');
    utimesSync(join(locks, old), 1e9, 1e9);
    writeFileSync(join(locks, young), '{');
    await lockSite(folder, 'a', bob);
    expect(readdirSync(locks).sort()).toEqual(['a.lock', young, 'dead.lock']);
  });
});

describe('many programs at once', () => {
  /** Which of them hold the site; all must have answered one way or the other. */
  async function race(all: Program[], id: string): Promise<number[]> {
    const answers = await Promise.all(all.map((program) => program.tell(`lock ${id}`)));
    const odd = answers.filter((line) => !/^(won|lost This site is in use)/.test(line ?? 'died'));
    expect(odd).toEqual([]);
    return answers.flatMap((line, i) => (line === 'won' ? [all[i]?.child.pid ?? 0] : []));
  }
  const holder = (id: string) => JSON.parse(readFileSync(fileOf(id), 'utf8')).owner.pid;

  test('20 for one lock, free or a dead program’s: exactly one gets it, every time', async () => {
    const dead = await deadLock();
    const { nonce } = JSON.parse(dead);
    const all = await startMany(20);
    for (let round = 0; round < 20; round++) {
      const [free, left, chain, damaged] = ['a', 'b', 'c', 'd'].map((word) => `${word}-${round}`);
      writeFileSync(fileOf(left ?? ''), dead);
      // A program was killed in the middle of taking over, and the one after it too.
      writeFileSync(fileOf(chain ?? ''), dead);
      writeFileSync(`${fileOf(chain ?? '')}.${nonce}.1`, dead);
      writeFileSync(`${fileOf(chain ?? '')}.${nonce}.2`, dead);
      const ids = [free, left, chain];
      if (round === 0) {
        writeFileSync(fileOf(damaged ?? ''), '');
        ids.push(damaged);
      }
      for (const id of ids as string[]) {
        const winners = await race(all, id);
        expect([id, winners]).toEqual([id, [holder(id)]]);
      }
    }
  }, 60_000);

  test('that hold it in turn and die holding it: never two at a time', async () => {
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'inside.json'), 'null');
    let deaths = 0;
    const fighter = async (): Promise<void> => {
      // Each is followed by another when it dies, so that it stays crowded.
      for (let life = 0; life < 6; life++) {
        const program = await start();
        const end = await program.tell('fight site 5');
        if (end === 'violation') throw new Error('two held it at a time');
        if (end === 'fought') return;
        deaths += 1;
      }
    };
    await Promise.all(Array.from({ length: 10 }, fighter));
    expect(deaths).toBeGreaterThan(0);
  }, 60_000);

  test('in one program (a class room): exactly one as well', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => lockSite(folder, 'practice', bob)),
    );
    const won = tries.filter(
      (each): each is PromiseFulfilledResult<Lock> => each.status === 'fulfilled',
    );
    expect(won).toHaveLength(1);
    await won[0]?.value.release();
    await (await lockSite(folder, 'practice', bob)).release();
  });
});
