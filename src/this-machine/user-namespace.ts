import { readFileSync } from 'node:fs';

/**
 * Whether the owner of a file cannot be told: in a user namespace (a rootless container, toolbox)
 * whoever is not known there, root of the machine above all, looks like one and the same number
 * (user_namespaces(7), "Unmapped user and group IDs").
 */
export function ownerIsHidden(uid: number): boolean {
  const map = read('/proc/self/uid_map');
  return map !== '' && !everybody.test(map) && uid === Number(read('/proc/sys/kernel/overflowuid'));
}

/** What the first namespace has: each number is itself. */
const everybody = /^\s*0\s+0\s+4294967295\s*$/;

/** For a Trouble, where the owner is hidden. */
export const hiddenOwner = {
  what: 'has an owner who cannot be told from here.',
  likely:
    'It was looked at from within a user namespace (a rootless container, toolbox), where all users from outside, root too, look the same.',
  next: 'Work outside of it, or choose a folder that was made inside it, in folders that were.',
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not Linux, or no /proc
  }
}
