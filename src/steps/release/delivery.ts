import { createHash } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import type { FileFacts, Host, Ownership } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';

/** One file that is to stand somewhere, exactly so. */
export interface Delivery {
  path: string;
  bytes: Buffer;
  ownership: Ownership;
  /** What it is, in a few words for the screen. */
  what: string;
}

/** What is there, held against what is wanted. */
export type Standing = 'right' | 'missing' | 'wrong-content' | 'wrong-mode';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Holds files on a host against what is wanted: owner, mode and content, the latter by SHA-256 made
 * over there, so that no private key crosses the wire to be compared. Two round trips.
 */
export async function standing(
  host: Host,
  files: readonly Delivery[],
  root: boolean,
): Promise<Standing[]> {
  const paths = files.map((file) => file.path);
  const [facts, sums] = await Promise.all([
    host.stat(paths, { root }),
    host.run(scriptCommand('files/sums', ...paths), {
      root,
      doing: 'Comparing files',
    }),
  ]);
  const lines = sums.stdout.split('\n');
  return files.map((file, index) => {
    const there = facts[index];
    if (there?.type !== 'file') return 'missing';
    if (lines[index] !== sha256(file.bytes)) return 'wrong-content';
    return owned(there, file.ownership) ? 'right' : 'wrong-mode';
  });
}

function owned(there: FileFacts, wanted: Ownership): boolean {
  return (
    (there.mode & 0o7777) === wanted.mode &&
    (wanted.owner === undefined || there.owner === wanted.owner) &&
    (wanted.group === undefined || there.group === wanted.group)
  );
}

/**
 * Writes the files and reads owner, mode and content back. Throws a Trouble where they differ. One that is right is not
 * written again: cut off over that, a key would be left beside it, and no later run would have to write there.
 */
export async function deliver(
  host: Host,
  files: readonly Delivery[],
  root: boolean,
): Promise<void> {
  const there = await standing(host, files, root);
  for (const [index, file] of files.entries())
    if (there[index] !== 'right') await host.write(file.path, file.bytes, file.ownership, { root });
  const result = await standing(host, files, root);
  const wrong = files.filter((_, index) => result[index] !== 'right');
  if (wrong.length === 0) return;
  throw new Trouble(`What was written to ${host.name} does not read back the same.`, {
    likely: 'The file system there keeps no owners or modes, or somebody else writes there too.',
    next: 'Look at these files there, then try again.',
    detail: wrong.map((file) => file.path).join('\n'),
  });
}

export const modeText = (mode: number): string => `0${(mode & 0o777).toString(8).padStart(3, '0')}`;
