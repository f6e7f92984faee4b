import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { userInfo } from 'node:os';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import type { Host } from '../api/host.ts';
import type { Running, Start } from '../api/running.ts';
import type { Trace } from '../api/trace.ts';
import { hostOn } from '../assemble.ts';
import { NoConnection } from '../programs/no-connection.ts';
import { rootAlready, Sudo, type SudoAsk } from '../sudo/sudo.ts';

export interface LocalOptions {
  name: string;
  /** `practice`: everything belongs to whoever runs Lockstep; root and owners are not needed. */
  kind: 'local' | 'practice';
  /** What programs are given as environment; without it a bare one (PATH and LC_ALL). */
  environment?: Readonly<Record<string, string | undefined>>;
  ask?: SudoAsk;
  trace?: Trace | undefined;
}

/** Folders of system programs, which a login user's PATH often lacks. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The machine Lockstep runs on. Programs are started without a shell, each in its own group. */
export function localHost({ name, kind, environment = {}, ask = {}, trace }: LocalOptions): Host {
  const closing = new AbortController();
  const env: NodeJS.ProcessEnv = {
    ...environment,
    PATH: environment.PATH ? `${environment.PATH}:${systemPath}` : systemPath,
    LC_ALL: 'C',
    // It would have options behind the names of files taken for names, too.
    POSIXLY_CORRECT: undefined,
  };
  const start: Start = (argv, signal) =>
    startChild(argv, env, AbortSignal.any([signal, closing.signal]));
  const isRoot = process.getuid?.() === 0;
  return hostOn({
    name,
    kind,
    start,
    root:
      kind === 'practice' || isRoot
        ? rootAlready(start)
        : new Sudo({ start, where: name, user: whoRuns(), ask }),
    setsOwner: kind !== 'practice',
    connectSocket: (path) => connected({ path }, path),
    connectPort: (host, port) => connected({ host, port }, `${host} port ${port}`),
    close: async () => closing.abort(),
    trace,
  });
}

/** Whom sudo takes for the login user here: by the record of the account, whatever the environment says. */
function whoRuns(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

async function connected(to: net.NetConnectOpts, where: string): Promise<Duplex> {
  const socket = net.connect(to);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    throw new NoConnection(cause.code ?? '', where, cause);
  }
}

async function startChild(
  [program = '', ...rest]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Running> {
  signal.throwIfAborted();
  // A group of its own, so that a time limit also ends what the program started.
  const child = spawn(program, rest, { env, cwd: '/', detached: true, stdio: 'pipe' });
  const ended = once(child, 'exit').then(([code, killedBy]) => ({ code, signal: killedBy }));
  try {
    await once(child, 'spawn');
  } catch (cause) {
    ended.catch(() => {});
    return neverStarted(cause as NodeJS.ErrnoException);
  }
  const stop = () => endGroup(child.pid as number);
  signal.addEventListener('abort', stop, { once: true });
  child.once('exit', () => signal.removeEventListener('abort', stop));
  if (signal.aborted) stop();
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, ended, pid: Promise.resolve(child.pid ?? null) };
}

/** A missing program is exit status 127, one that cannot be run 126, as from a shell. */
function neverStarted({ code, message }: NodeJS.ErrnoException): Running {
  return {
    stdin: new PassThrough().resume(),
    stdout: Readable.from([]),
    stderr: Readable.from([Buffer.from(`${message}\n`)]),
    pid: Promise.resolve(null),
    ended: Promise.resolve({ code: code === 'ENOENT' ? 127 : 126, signal: null }),
  };
}

/** Asks a process group to end, and two seconds later makes it. */
function endGroup(leader: number): void {
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-leader, signal);
    } catch {
      // It is gone already, or it is root's (sudo) and ends by itself when its pipes break.
    }
  };
  kill('SIGTERM');
  setTimeout(kill, 2000, 'SIGKILL').unref();
}
