import { chmod, mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { diskTrouble, errorCode, sweep } from '../../this-machine/files.ts';
import { hiddenOwner, ownerIsHidden } from '../../this-machine/user-namespace.ts';
import { folderMode } from '../folder/layout.ts';
import { finishMaking, makeFiles, sweepMaking } from '../folder/making.ts';
import { generateKey, type KeyType } from '../keys/key.ts';
import { passphraseProblem, writeKey } from '../keys/key-file.ts';
import { soundRegister } from '../register/rebuild-register.ts';
import { appendToRegister, issuedFact } from '../register/register.ts';
import { makeRoot } from '../x509/certificate.ts';
import type { Certificate } from '../x509/read-certificate.ts';
import { requireSubject, type Subject } from '../x509/subject.ts';
import { daysProblem } from '../x509/validity.ts';
import { inspectAuthority, notSound } from './authority.ts';

export interface AuthorityWanted {
  subject: Subject;
  keyType: KeyType;
  /** Left out: the key is not locked. */
  passphrase?: string;
  days: number;
}

export interface CreatedAuthority {
  certificate: Certificate;
  /** `kept`: a sound one was there. `finished`: an interrupted creation was completed, as decided then. */
  action: 'created' | 'kept' | 'finished';
}

/**
 * Makes an authority in a folder, which is made too (0700). Never overwrites anything: a sound one
 * is kept, one half-made is completed, anything else is refused. Safe to kill at any instant.
 * Throws a Trouble, for the disk a HostError; then nothing is half-done.
 */
export async function createAuthority(
  folder: string,
  wanted: AuthorityWanted,
  now: Date,
): Promise<CreatedAuthority> {
  requireUsable(wanted);
  const before = await inspectAuthority(folder, now);
  if (before.state === 'foreign' || before.state === 'unsound') throw notSound(before, folder);
  try {
    if (before.state === 'absent') await makeInFolder(folder, wanted, now);
    await finishMaking(folder);
    await sweepMaking(folder);
    await sweep(folder);
  } catch (error) {
    throw diskTrouble(error, 'write', folder);
  }
  const after = await inspectAuthority(folder, now);
  if (after.state !== 'sound') throw notSound(after, folder);
  const { certificate } = after;
  if (before.state !== 'sound') {
    await appendToRegister(folder, [issuedFact(certificate, 'authority', now)]);
  }
  await soundRegister(folder, certificate, now);
  const actions = { absent: 'created', unfinished: 'finished', sound: 'kept' } as const;
  return { certificate, action: actions[before.state] };
}

async function makeInFolder(folder: string, wanted: AuthorityWanted, now: Date): Promise<void> {
  // The key first: it takes longest, and leaves nothing behind when it is interrupted.
  const key = await generateKey(wanted.keyType);
  const { subject, days, passphrase } = wanted;
  const root = makeRoot({ subject, key, days }, now);
  const files = { key: await writeKey(key, passphrase), certificate: root.pem };
  const made = await makeFolder(folder);
  try {
    await makePrivate(folder);
    await sweepMaking(folder);
    await makeFiles(folder, files);
  } catch (error) {
    // Leaves no empty folder behind; one with something in it stays.
    if (made) await rmdir(folder).catch(() => {});
    throw error;
  }
}

/** Makes a folder and those above it; whether it was not there. node's own tells a read-only disk as ENOENT. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: folderMode });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  await makeFolder(dirname(path));
  return makeFolder(path);
}

/** An empty folder that was there already may be open to others, or theirs. */
async function makePrivate(folder: string): Promise<void> {
  const facts = await stat(folder);
  const me = process.getuid?.();
  if (me !== undefined && facts.uid !== me) {
    if (ownerIsHidden(facts.uid))
      throw new Trouble(`${clean(folder)} ${hiddenOwner.what}`, hiddenOwner);
    throw new Trouble(`${clean(folder)} belongs to another user (number ${facts.uid}).`, {
      likely: 'Who owns the folder could exchange what is in it.',
      next: 'Choose a folder of your own.',
    });
  }
  if ((facts.mode & 0o777) !== folderMode) await chmod(folder, folderMode);
}

function requireUsable({ subject, passphrase, days }: AuthorityWanted): void {
  requireSubject(subject);
  const problem =
    daysProblem(days) ?? (passphrase === undefined ? null : passphraseProblem(passphrase));
  if (problem) throw new Trouble('The authority cannot be made like this.', { likely: problem });
}
