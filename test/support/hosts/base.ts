import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { recipe, recipeStamp } from './bases/recipe.ts';
import { fetchSysvInit } from './bases/sysv.ts';
import { lock } from './lock.ts';
import { type Archive, archive, installMissing, searchPath } from './machine.ts';
import { program, succeed } from './program.ts';
import type { Suite } from './suites.ts';

/** A Debian release as a folder, made once and shared, read-only, by every host of that suite. */
export interface Base {
  suite: Suite;
  /** What a host has below `/` until it changes something. */
  root: string;
  /** Packages that give a host the SysV init instead of systemd. */
  sysv: string;
  /** Held shared by a running host, so that nobody removes the base under it. */
  lockFile: string;
}

/** Where bases are kept, outside any checkout. */
export function basesFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'mqtt-lockstep', 'hosts');
}

/** The base of a suite; made first when it is missing or when its recipe has changed since. */
export async function base(suite: Suite): Promise<Base> {
  const folder = basesFolder();
  const name = `${suite}-${recipeStamp()}`;
  const made = join(folder, name);
  const found: Base = {
    suite,
    root: join(made, 'root'),
    sysv: join(made, 'sysv'),
    lockFile: join(folder, `${name}.lock`),
  };
  if (existsSync(made)) return found;

  await mkdir(folder, { recursive: true });
  const machine = await lock(join(folder, 'machine.lock'));
  await installMissing().finally(() => machine.release());
  const making = await lock(join(folder, `${suite}.making.lock`));
  try {
    if (existsSync(made)) return found;
    const partial = join(folder, `${suite}.partial`);
    await remove(partial);
    await make(suite, partial);
    await writeFile(found.lockFile, '');
    await rename(partial, made); // from here on it exists, whole
    await removeOutdated(suite, name);
    return found;
  } finally {
    await making.release();
  }
}

async function make(suite: Suite, folder: string): Promise<void> {
  const from = await archive();
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true, mode: 0o755 });
  await debootstrap(suite, root, folder, from);
  await fetchSysvInit(suite, root, join(folder, 'sysv'), from);

  await succeed(['chroot', root, 'useradd', '-m', '-s', '/bin/bash', '-G', 'sudo', recipe.user]);
  for (const unit of recipe.masked)
    await symlink('/dev/null', join(root, 'etc/systemd/system', unit));
  // Every host gets its own of these.
  for (const name of await readdir(join(root, 'etc/ssh'))) {
    if (name.startsWith('ssh_host_')) await unlink(join(root, 'etc/ssh', name));
  }
  for (const name of ['etc/machine-id', 'var/lib/dbus/machine-id', 'etc/resolv.conf']) {
    await rm(join(root, name), { force: true });
  }
  await writeFile(join(root, 'etc/default/locale'), 'LANG=C.UTF-8\n');
}

async function debootstrap(suite: Suite, root: string, folder: string, from: Archive) {
  // An older debootstrap does not know a newer suite; sid's way of doing it is the newest there is.
  const known = existsSync(`/usr/share/debootstrap/scripts/${suite}`);
  const script = known ? [] : ['/usr/share/debootstrap/scripts/sid'];
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const env: Record<string, string> = {
    ...from.env,
    PATH: searchPath,
    DPKG_FORCE: 'unsafe-io', // no fsync for each file: this is made again if the machine dies
    DEBIAN_FRONTEND: 'noninteractive',
  };
  if (from.authorities) {
    env.WGETRC = join(folder, 'wgetrc'); // debootstrap downloads with wget
    await writeFile(env.WGETRC, `ca_certificate = ${from.authorities}\n`);
  }
  const options = [
    `--variant=${recipe.variant}`,
    `--include=${recipe.packages.join(',')}`,
    `--keyring=${keyring}`,
  ];
  const argv = ['debootstrap', ...options, suite, root, from.mirror, ...script];
  await succeed(argv, { env, timeoutSeconds: 1800 }).catch(async (error: Error) => {
    const log = await program(['tail', '-n', '20', join(root, 'debootstrap/debootstrap.log')]);
    throw new Error(`${error.message}\n${log.stdout}`);
  });
  await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
}

/** Bases made by another recipe go, unless a host stands on them (then next time). */
async function removeOutdated(suite: Suite, current: string): Promise<void> {
  const folder = basesFolder();
  for (const name of await readdir(folder)) {
    const old = name.endsWith('.lock') ? name.slice(0, -'.lock'.length) : '';
    if (!/^[a-z]+-[0-9a-f]{8}$/.test(old) || !old.startsWith(`${suite}-`) || old === current) {
      continue;
    }
    const removal = ['rm', '-rf', '--one-file-system', join(folder, old), join(folder, name)];
    await program(['flock', '--nonblock', join(folder, name), ...removal]);
  }
}

/** What an interrupted debootstrap leaves may have file systems mounted in it. */
async function remove(partial: string): Promise<void> {
  for (const inner of ['proc', 'sys', 'dev/pts', 'dev']) {
    await program(['umount', '--lazy', join(partial, 'root', inner)]);
  }
  await succeed(['rm', '-rf', '--one-file-system', partial]);
}
