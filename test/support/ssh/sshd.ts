import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, onTestFinished } from 'vitest';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import { connectSsh, type SshOptions } from '../../../src/host/ssh/ssh.ts';

export const sshdPath = '/usr/sbin/sshd';
/** Without OpenSSH these tests are left out, unless everything is asked for. */
export const noSshd = !existsSync(sshdPath) && process.env.LOCKSTEP_TEST_ALL !== '1';
export const me = userInfo().username;

/** When what a test made is cleared away: with the test, or (`withFile`) with its file. */
export type Later = (clear: () => Promise<void>) => void;
const withTest: Later = (clear) => onTestFinished(clear);

/** To be called where a file or a group of tests is described. */
export function withFile(): Later {
  const clears: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const clear of clears.reverse()) await clear();
  });
  return (clear) => void clears.push(clear);
}

export async function temporaryFolder(later: Later = withTest): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-ssh-'));
  later(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export type KeyKind = 'ed25519' | 'rsa' | 'ecdsa';

/** Makes a key pair as OpenSSH does; gives the path of the private half. */
export function makeKey(
  folder: string,
  name: string,
  kind: KeyKind = 'ed25519',
  passphrase = '',
  ...more: string[]
) {
  const path = join(folder, name);
  const size = kind === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    kind,
    ...size,
    '-N',
    passphrase,
    '-C',
    name,
    '-f',
    path,
    ...more,
  ]);
  return path;
}

export function keygen(...argv: string[]): string {
  return execFileSync('ssh-keygen', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface Sshd {
  port: number;
  folder: string;
  /** Path of the host's private key of a type. */
  hostKey(kind: KeyKind): string;
  /** Its process, parent of one process for each connection. */
  pid: number;
  stop(): Promise<void>;
}

export interface SshdOptions {
  hostKeys?: KeyKind[];
  /** Public key files whose owners are let in. */
  authorized: string[];
  /** More lines for sshd_config; the first of a keyword counts. */
  config?: string[];
}

/** A real sshd on a free loopback port, as the user who runs the tests, for one test. */
export async function startSshd(
  { hostKeys = ['ed25519'], authorized, config = [] }: SshdOptions,
  later: Later = onTestFinished,
): Promise<Sshd> {
  const folder = await temporaryFolder(later);
  const port = await freePort();
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const hostKey = (kind: KeyKind) => join(folder, `host_${kind}`);
  for (const kind of hostKeys) makeKey(folder, `host_${kind}`, kind);
  const keys = authorized.map((path) => execFileSync('cat', [path], { encoding: 'utf8' }));
  await writeFile(join(folder, 'authorized_keys'), keys.join(''));
  const lines = [
    ...config,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((kind) => `HostKey ${hostKey(kind)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'LogLevel ERROR',
  ];
  const file = join(folder, 'sshd_config');
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(sshdPath, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.resume();
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await exited;
  };
  later(stop);
  await answers(port);
  return { port, folder, hostKey, pid: child.pid as number, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a port speaks SSH. */
async function answers(port: number): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      const [line] = (await once(createInterface(socket), 'line')) as [string];
      if (line.startsWith('SSH-2.0')) return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}

/** A client's ~: a key that is let in, and an empty .ssh. */
export interface Client {
  home: string;
  knownHosts: string;
  key: string;
}

export async function makeClient(
  kind: KeyKind = 'ed25519',
  later: Later = onTestFinished,
): Promise<Client> {
  const home = await temporaryFolder(later);
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  await writeFile(join(home, 'config'), '');
  return { home, knownHosts: join(home, '.ssh', 'known_hosts'), key: makeKey(home, 'key', kind) };
}

export function resolver(client: Client) {
  return sshConfig({
    home: client.home,
    localUser: me,
    environment: { PATH: '/usr/bin:/bin' },
    accountHome: userInfo().homedir,
    configFiles: [join(client.home, 'config')],
  });
}

/** Connects as a careful caller would; ends the connection with the test. */
export async function connectTo(port: number, client: Client, options: Partial<SshOptions> = {}) {
  const host = await connectSsh(`${me}@127.0.0.1:${port}`, {
    configResolver: resolver(client),
    ask: {},
    identityFiles: [client.key],
    acceptNewHostKey: true,
    ...options,
  });
  onTestFinished(() => host.close());
  return host;
}
