import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process as the kernel shows it now. */
export interface Process {
  pid: number;
  parent: number;
  /** Program and arguments, blanks between them. */
  command: string;
}

/** Looks a process up; null when there is none. /proc where there is one, else `ps`. */
export async function processOf(pid: number): Promise<Process | null> {
  try {
    const [status, command] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // A zombie has ended; only its parent has not yet asked how.
    if (/^State:\s*Z/m.test(status)) return null;
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
    return { pid, parent, command: command.split('\0').join(' ').trim() };
  } catch {
    return (await isLinux()) ? null : fromPs(pid);
  }
}

async function isLinux(): Promise<boolean> {
  return readFile('/proc/self/status').then(
    () => true,
    () => false,
  );
}

async function fromPs(pid: number): Promise<Process | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=,args=', '-p', String(pid)], {
      timeout: 5000,
      killSignal: 'SIGKILL',
    });
    const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? [];
    return command ? { pid, parent: Number(parent), command } : null;
  } catch {
    return null;
  }
}

/**
 * Ends a process that is not our child: TERM, after 5 seconds KILL. `still` says whether the pid
 * is still the process that was meant, so that a reused number is never hit.
 */
export async function endProcess(pid: number, still: () => Promise<boolean>): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const end = Date.now() + 5000;
    if (!(await still())) return;
    try {
      process.kill(pid, signal);
    } catch {
      return; // it ended by itself
    }
    while (Date.now() < end) {
      if (!(await still())) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
