import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inspectAuthority, openAuthority } from '../../src/pki/authority/authority.ts';
import { createAuthority } from '../../src/pki/authority/create-authority.ts';
import { issueCertificates } from '../../src/pki/issue/issue.ts';
import { isRoot, newFolder } from '../support/pki/parts.ts';
import { broker, client, now, wanted } from '../support/pki/work.ts';

/** A small file system of its own, or null where we may not have one. */
function smallDisk(): string | null {
  if (!isRoot) return null;
  const folder = newFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return folder;
}

const probe = isRoot && canMount();
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const noDisk = !probe && process.env.LOCKSTEP_TEST_ALL !== '1';

function disk(): string {
  const folder = smallDisk();
  if (!folder) throw new Error('no small disk can be mounted here');
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

/** Fills the disk but for some blocks of 4 kB; gives what frees it again. */
function fill(folder: string, leave: number): () => void {
  const file = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  const size = (bavail - leave) * bsize;
  writeFileSync(file, Buffer.alloc(size));
  expect(statfsSync(folder).bavail).toBe(leave);
  return () => {
    truncateSync(file, 0);
    unlinkSync(file);
  };
}

test.skipIf(noDisk)('a full disk: nothing half-done, and going on when there is room', async () => {
  const place = disk();
  const seen = new Set<string>();
  for (let leave = 0; leave <= 14; leave++) {
    const folder = join(place, `authority-${leave}`);
    const free = fill(place, leave);
    const outcome = await createAuthority(folder, wanted, now).then(
      ({ action }) => action,
      (error) => error.kind,
    );
    seen.add(outcome);
    expect(['created', 'no-space']).toContain(outcome);
    const { state } = await inspectAuthority(folder, now);
    expect(['absent', 'unfinished', 'sound']).toContain(state);
    if (state === 'absent') expect(existsSync(folder)).toBe(false);
    free();
    await createAuthority(folder, wanted, now);
    const authority = await openAuthority(folder, now);
    const freeAgain = fill(place, leave);
    const people = [broker('10.0.0.1'), client('client01')];
    const issued = await issueCertificates(authority, people, now).then(
      () => 'issued',
      (error) => error.kind,
    );
    seen.add(issued);
    expect(['issued', 'no-space']).toContain(issued);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    freeAgain();
    await issueCertificates(authority, people, now);
    const again = await issueCertificates(authority, people, now);
    expect(again.issued.map(({ action }) => action)).toEqual(['kept', 'kept']);
    rmSync(folder, { recursive: true });
  }
  expect([...seen].sort()).toEqual(['created', 'issued', 'no-space']);
});

test.skipIf(noDisk)('a read-only disk', async () => {
  const place = disk();
  const folder = join(place, 'authority');
  const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, place]);
  await createAuthority(folder, wanted, now);
  const authority = await openAuthority(folder, now);
  remount('ro');
  await expect(createAuthority(join(place, 'new'), wanted, now)).rejects.toMatchObject({
    kind: 'read-only',
    message: expect.stringContaining('EROFS'),
  });
  await expect(issueCertificates(authority, [client('client01')], now)).rejects.toMatchObject({
    kind: 'read-only',
  });
  expect((await createAuthority(folder, wanted, now)).action).toBe('kept');
  remount('rw');
});

test.skipIf(isRoot)('a folder that one may not write to', async () => {
  const place = newFolder();
  chmodSync(place, 0o500);
  const made = createAuthority(join(place, 'authority'), wanted, now);
  await expect(made).rejects.toMatchObject({ kind: 'permission', exitCode: 4 });
});
