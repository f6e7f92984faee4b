import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestHost } from '../hosts/host.ts';
import { type ProgramResult, program } from '../hosts/program.ts';

export const launcher = fileURLToPath(new URL('../../../src/launcher.cjs', import.meta.url));

/** A home folder of its own, in which the real program is run as a user would run it. */
export interface Home {
  folder: string;
  /** LOCKSTEP_HOME in it. */
  site: string;
  environment: Record<string, string>;
  /** Runs `lockstep` with these words; resolves whatever its exit code. */
  run(...words: string[]): Promise<ProgramResult>;
  remove(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function newHome(under = tmpdir()): Promise<Home> {
  const folder = await mkdtemp(join(under, 'lockstep-home-'));
  const site = join(folder, 'lockstep');
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LOCKSTEP_HOME: site,
    LANG: 'C.UTF-8',
  };
  // A broker that is on its way out may write its database yet.
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  return {
    folder,
    site,
    environment,
    run: (...words) =>
      program([process.execPath, launcher, ...words], { env: environment, timeoutSeconds: 120 }),
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** The options with which a test host is reached, secrets in files as the program wants them. */
export async function reaching(
  host: TestHost,
  home: Home,
  user = host.ssh.user,
): Promise<string[]> {
  const sudo = join(home.folder, 'sudo-password');
  await writeFile(sudo, `${host.ssh.password}\n`, { mode: 0o600 });
  return [
    '--broker',
    `${user}@${host.address}`,
    '--identity',
    host.ssh.keyFile,
    '--sudo-password-file',
    sudo,
    '--accept-host-key',
    host.ssh.fingerprints['ssh-ed25519'] ?? '',
  ];
}

/** The JSON objects of `run --json`, one a line. */
export const events = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
