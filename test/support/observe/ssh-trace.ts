import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestHost } from '../hosts/host.ts';
import { ended, until } from '../hosts/program.ts';

/** What one process that came by SSH did with files, locks and sockets. */
export interface Traced {
  /** The program that it became last, by its whole path. */
  program: string;
  /** The system calls, as strace(1) writes them, with the paths of file descriptors. */
  calls: string[];
}

/**
 * Watches every process that comes of sshd on a host while something is done: from outside, with
 * strace(1), so that it sees what shells, sudo and whatever they start do.
 */
export async function traced(host: TestHost, act: () => Promise<void>): Promise<Traced[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-trace-'));
  try {
    const what = ['-e', 'trace=%file,bind,connect,flock,fcntl,ftruncate'];
    const argv = ['-f', '-ff', '-y', '-s', '400', ...what, '-o', join(folder, 'process')];
    const strace = spawn('strace', [...argv, '-p', String(sshdOf(host))], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    strace.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    await until(
      'strace to watch',
      10,
      () => /attached/.test(said),
      () => said,
    );
    try {
      await act();
    } finally {
      strace.kill('SIGINT');
      await ended(strace);
    }
    const names = await readdir(folder);
    return await Promise.all(
      names.map(async (name) => tracedIn(await readFile(join(folder, name), 'latin1'))),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function tracedIn(text: string): Traced {
  const calls = text.split('\n').filter((line) => /^[a-z]/.test(line));
  const became = calls.flatMap((line) => /^execve\("([^"]+)".* = 0$/.exec(line)?.[1] ?? []);
  return { program: became.at(-1) ?? '', calls };
}

/** The sshd that listens, as this machine counts it. */
function sshdOf(host: TestHost): number {
  const leader = host.leader();
  const children = readFileSync(`/proc/${leader}/task/${leader}/children`, 'utf8').trim();
  const sshd = children.split(' ').find((pid) => /\/sshd$/.test(readlinkSync(`/proc/${pid}/exe`)));
  if (sshd === undefined) throw new Error(`${host.name} has no sshd`);
  return Number(sshd);
}
