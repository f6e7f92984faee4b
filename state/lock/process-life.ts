import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../../src/errors/disk-trouble.ts';

/** A process so named that no other one, now or later, here or elsewhere, is taken for it. */
export interface ProcessName {
  pid: number;
  /** The machine's name. */
  machine: string;
  /** Linux: which start of the machine (`boot_id`), which process-id namespace, and when the
   * process started (field 22 of `/proc/PID/stat`, proc(5)). Empty where the system has none. */
  boot: string;
  namespace: string;
  started: string;
}

/** `unknown`: it runs, or ran, where it cannot be seen from here (another machine, a container). */
export type Life = 'running' | 'suspended' | 'ended' | 'unknown';

export function nameProcess(pid: number): ProcessName {
  return { pid, ...surroundings(), started: status(pid)?.started ?? '' };
}

/** Whether a process named earlier is still there. A recycled number or a zombie is not it. */
export function lifeOf(named: ProcessName): Life {
  const now = surroundings();
  if (named.boot !== now.boot) return named.machine === now.machine ? 'ended' : 'unknown';
  if (named.namespace !== now.namespace) return 'unknown';
  if (!exists(named.pid)) return 'ended';
  const seen = status(named.pid);
  // Hidden from us, or it ended between the two looks.
  if (seen === null) return exists(named.pid) ? 'running' : 'ended';
  if (named.started === '') return 'running';
  if (seen.started !== named.started || 'ZX'.includes(seen.state)) return 'ended';
  return 'Tt'.includes(seen.state) ? 'suspended' : 'running';
}

function surroundings() {
  return {
    machine: hostname(),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    namespace: attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '',
  };
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there but another user's.
    return systemCode(error) === 'EPERM';
  }
}

function status(pid: number): { state: string; started: string } | null {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field, the program's name in parentheses, may itself hold blanks and parentheses.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, started] = [fields[0], fields[19]];
  return state && started ? { state, started } : null;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
