import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { diskTrouble } from '../../src/errors/disk-trouble.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { clean } from '../../src/text/clean.ts';
import { idPattern } from '../site/site.ts';
import { privateFolder } from '../store/folder.ts';
import { glance, type LockOwner, type LockRecord, place, type Seen, see } from './lock-file.ts';
import { nameProcess } from './process-life.ts';

/** A site held by this program: until it is released, or the program ends in whatever way. */
export interface Lock {
  /** Who held it before and ended without releasing it; null when nobody did. */
  readonly takenOverFrom: LockOwner | null;
  /** Lets the site go. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes a site (its id) in a store's folder for the program `owner.pid`. What a dead program holds
 * is taken over. Throws a Trouble that says who holds it when somebody does, and exits with 3.
 */
export async function lockSite(folder: string, id: string, owner: LockOwner): Promise<Lock> {
  if (!idPattern.test(id)) throw new Error('not the id of a site');
  const locks = join(folder, 'locks');
  privateFolder(folder);
  privateFolder(locks);
  const path = join(locks, `${id}.lock`);
  const record = { nonce: randomUUID(), owner, process: nameProcess(owner.pid) };
  try {
    const takenOverFrom = await acquire(path, record);
    removeLeftOvers(path);
    return {
      takenOverFrom,
      release: async () => {
        if (glance(path)?.nonce === record.nonce) rmSync(path, { force: true });
      },
    };
  } catch (error) {
    throw diskTrouble(error, path);
  }
}

async function acquire(path: string, record: LockRecord): Promise<LockOwner | null> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    if (place(path, record)) return null;
    const holder = await see(path);
    if (holder === null) continue;
    if (holder.life !== 'ended') throw held(path, holder);
    if (await takeOver(path, holder, record)) return holder.owner;
    // Somebody else is at it: it is theirs in a moment.
    await wait(5 + Math.random() * 20);
  }
  throw new Trouble('The lock of this site could not be taken.', {
    likely: 'Several programs are starting on it at the same time.',
    next: 'Start again.',
    detail: clean(path),
    exitCode: 3,
  });
}

/**
 * Takes over a dead program's lock. A file cannot be removed "only if it is still the one I saw",
 * so two that do it at once could remove each other's. Therefore the right to replace that one dead
 * lock is itself taken first, as a file that carries its nonce: only one can make it. A claim is
 * only removed once the dead lock is no longer in place, so whoever makes one too late sees that
 * afterwards; and when a claimant dies, the next number is the claim.
 */
async function takeOver(path: string, dead: Seen, record: LockRecord): Promise<boolean> {
  for (let turn = 1; ; turn++) {
    const claim = `${path}.${dead.nonce}.${turn}`;
    if (place(claim, record)) {
      const still = (await see(path))?.nonce === dead.nonce;
      if (still) renameSync(claim, path);
      else rmSync(claim, { force: true });
      return still;
    }
    const other = await see(claim);
    if (other?.life !== 'ended') return false;
  }
}

function held(path: string, { owner, life }: Seen): Trouble {
  const words = ['This site is in use by another Lockstep'];
  if (owner?.user) words.push(`of ${clean(owner.user, 60)}`);
  if (owner?.terminal) words.push(`on ${clean(owner.terminal, 60)}`);
  const since = owner ? `, since ${localTime(new Date(owner.since))} (process ${owner.pid})` : '';
  const leave = 'Go on there, or leave it there with q and start again here.';
  const how = {
    running: {
      likely: 'Two programs must not change one broker at the same time.',
      next: `${leave} If it hangs: kill ${owner?.pid}`,
    },
    suspended: {
      likely: 'That program is suspended (Ctrl-Z).',
      next: `Type fg in its terminal to go on there, or end it: kill -9 ${owner?.pid}`,
    },
    unknown: {
      likely: 'It was started on another machine or in another container with the same folder.',
      next: `${leave} If it is certain that it has ended, delete ${clean(path)}`,
    },
    ended: {},
  }[life];
  return new Trouble(`${words.join(' ')}${since}.`, { ...how, exitCode: 3 });
}

/** As a clock on the wall here shows it: `2026-11-03 14:05`. */
function localTime(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** What programs that were killed while they took this lock have left. Only for its holder. */
function removeLeftOvers(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(dirname(path), name);
    const seen = glance(file);
    if (seen?.life !== 'ended') continue;
    // A young damaged one may be in the making.
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (seen.owner !== null || age > 60_000) rmSync(file, { force: true });
  }
}
