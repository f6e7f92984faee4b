import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenFor, readGiven } from '../../../this-machine/given-file.ts';
import { keyType } from './known-hosts.ts';

/** The keys that a file says are no longer to be trusted (`RevokedHostKeys` of ssh_config(5)). */
export interface RevokedKeys {
  file: string;
  /** Rejects where it cannot be told. */
  has(key: Buffer): Promise<boolean>;
}

/**
 * Reads such a file: one public key a line, or a key revocation list, of which ssh-keygen tells. One that cannot be read
 * revokes every key, as ssh has it.
 */
export async function readRevokedKeys(file: string): Promise<RevokedKeys> {
  let bytes: Buffer;
  try {
    bytes = await readGiven(file, givenFor.revokedKeys);
  } catch {
    return { file, has: async () => true };
  }
  if (bytes.subarray(0, 6).toString('latin1') === 'SSHKRL')
    return { file, has: (key) => askKeygen(file, key) };
  const blobs = bytes
    .toString('latin1')
    .split('\n')
    .flatMap((line) =>
      line
        .trim()
        .split(/[ \t]+/)
        .slice(0, 3),
    )
    .map((field) => Buffer.from(field, 'base64'));
  return { file, has: async (key) => blobs.some((blob) => blob.equals(key)) };
}

/** `ssh-keygen -Q` ends with 0 for a key that is not revoked (ssh-keygen(1)); it takes the key from a file only. */
async function askKeygen(file: string, key: Buffer): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-key-'));
  try {
    const path = join(folder, 'key.pub');
    await writeFile(path, `${keyType(key)} ${key.toString('base64')}\n`);
    return await new Promise((resolve) => {
      const words = ['-Q', '-f', file, path];
      const limit = { timeout: 10_000, killSignal: 'SIGKILL' } as const;
      execFile('ssh-keygen', words, limit, (error) => resolve(error !== null));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
