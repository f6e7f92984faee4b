import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { recipe } from './bases/recipe.ts';
import type { Login } from './prepare.ts';
import type { Room } from './room-there.ts';

/** How to log in to a host from outside. */
export interface SshAccess {
  user: string;
  /** For `sudo`, and for login where the variant accepts passwords. */
  password: string;
  /** An unencrypted private key, mode 0600. */
  keyFile: string;
  /** A file with the host's true keys, in the form of known_hosts. */
  knownHostsFile: string;
  /** The same lines, one for each host key. */
  knownHosts: string;
  /** `SHA256:...` of each host key, by type (`ssh-ed25519`, `ecdsa-sha2-nistp256`). */
  fingerprints: Readonly<Record<string, string>>;
  /** The real ssh, with everything that it takes to log in by key; a remote command may follow. */
  command: readonly string[];
}

/** Writes what the real ssh needs to log in to a prepared host. */
export async function sshAccess(room: Room, login: Login): Promise<SshAccess> {
  const { user } = recipe;
  const { address } = room;
  const knownHostsFile = join(room.folder, 'known_hosts');
  const knownHosts = login.hostKeys.map(({ type, key }) => `${address} ${type} ${key}\n`).join('');
  await writeFile(knownHostsFile, knownHosts, { mode: 0o600 });
  const fingerprints = login.hostKeys.map(({ type, key }) => {
    const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
    return [type, `SHA256:${digest.replace(/=+$/, '')}`] as const;
  });
  const settings = {
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    ConnectTimeout: '10',
    LogLevel: 'ERROR',
  };
  const set = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  return {
    user,
    password: login.password,
    keyFile: login.keyFile,
    knownHostsFile,
    knownHosts,
    fingerprints: Object.fromEntries(fingerprints),
    command: ['ssh', '-F', 'none', '-i', login.keyFile, ...set, `${user}@${address}`],
  };
}

/** Whether an SSH server greets there. */
export function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (bytes) => end(bytes.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => resolve(false));
  });
}
