import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { launcher, newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';
import {
  makeKey,
  me,
  noSshd,
  type Sshd,
  startSshd,
  temporaryFolder,
  withFile,
} from '../../support/ssh/sshd.ts';

// In a mount namespace of its own, in which another folder is /etc/ssh.
const inside = ['unshare', ...(process.getuid?.() === 0 ? ['-m'] : ['-rm'])];
const possible = !noSshd && spawnSync('unshare', [...inside.slice(1), 'true']).status === 0;

const later = withFile();
let sshd: Sshd;
let key: string;
let right: string;
let wrong: string;

/** Runs a set-up from a home folder that is not the account's, on a machine with these files in /etc/ssh. */
async function run(files: Record<string, string>) {
  await using home = await newHome();
  const system = join(home.folder, 'etc');
  await mkdir(system);
  for (const [name, text] of Object.entries(files)) await writeFile(join(system, name), text);
  const mounted = [...inside, 'sh', '-c', 'mount --bind "$0" /etc/ssh && exec "$@"', system];
  await copyFile(key, join(home.folder, 'key'));
  const words = ['run', '--broker', `${me}@127.0.0.1:${sshd.port}`, '--accept-new-host-key'];
  const own = ['--identity', join(home.folder, 'key'), '--through', 'inspect'];
  const env = home.environment;
  const told = await program([...mounted, process.execPath, launcher, ...words, ...own], { env });
  const known = join(home.folder, '.ssh', 'known_hosts');
  return { ...told, known: await readFile(known, 'utf8').catch(() => '') };
}

describe.skipIf(!possible)(
  "with another home folder than the account's",
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      const folder = await temporaryFolder(later);
      key = makeKey(folder, 'key');
      sshd = await startSshd({ authorized: [`${key}.pub`] }, later);
      const line = async (path: string) => (await readFile(`${path}.pub`, 'utf8')).trim();
      right = await line(sshd.hostKey('ed25519'));
      wrong = await line(makeKey(folder, 'wrong'));
    });

    test('a key that the system does not know is new, and remembered in that folder', async () => {
      const { stderr, known } = await run({ ssh_known_hosts: '' });
      expect(stderr).not.toContain('host key');
      expect(known).toContain(right.split(' ')[1]);
    });

    test('a key that the system knows otherwise has changed', async () => {
      const told = await run({ ssh_known_hosts: `[127.0.0.1]:${sshd.port} ${wrong}\n` });
      expectTold(told, {
        ...{ code: 1, what: /is not the known one/, likely: /installed anew/ },
        ...{ next: '/etc/ssh/ssh_known_hosts, line 1', detail: /SHA256:/ },
      });
      expect(told.known).toBe('');
    });

    test('a key that the system has revoked is refused', async () => {
      const told = await run({
        ssh_config: 'Host *\n  RevokedHostKeys /etc/ssh/revoked\n',
        revoked: `${right}\n`,
      });
      expectTold(told, {
        ...{ code: 1, what: /has been revoked/, likely: '/etc/ssh/revoked says so' },
        next: 'Ask who looks after that machine',
      });
      expect(told.known).toBe('');
    });
  },
);
