import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from './machine.ts';
import { ended, type ProgramOptions, type ProgramResult, program, until } from './program.ts';
import type { Room } from './room-there.ts';

/** systemd-nspawn ends with this when the host rebooted itself and wants to be started again. */
const rebooted = 133;

/** What the host has as PID 1. `--boot` prefers systemd even where /sbin/init is another one. */
export type Init = 'systemd' | 'sysv';

/** The running system of a host: systemd-nspawn and what it booted. */
export class Container {
  readonly room: Room;
  readonly name: string;
  readonly init: Init;
  private nspawn: ChildProcess | undefined;
  private stopping = false;

  constructor(room: Room, name: string, init: Init) {
    this.room = room;
    this.name = name;
    this.init = init;
  }

  /** What the host wrote on its console, the end of it. */
  console(): string {
    try {
      return readFileSync(join(this.room.folder, 'console.log'), 'utf8').slice(-3000);
    } catch {
      return '';
    }
  }

  /** Switches the host on. A reboot from inside is followed by itself. */
  start(): void {
    this.stopping = false;
    const log = openSync(join(this.room.folder, 'console.log'), 'a', 0o600);
    const { number, pid, group, root } = this.room;
    // A control group of its own: two hosts in one would be two systemds managing one tree.
    const script = 'mkdir -p "$1"; echo $$ > "$1/cgroup.procs"; shift; exec "$@"';
    const nspawn = [
      ['nsenter', `--target=${pid}`, '--mount', 'systemd-nspawn', '--quiet', `--directory=${root}`],
      [`--machine=lockstep-${number}`, `--hostname=${this.name}`, '--register=no', '--keep-unit'],
      [`--network-namespace-path=/proc/${pid}/ns/net`, '--resolv-conf=off', '--timezone=off'],
      ['--link-journal=no', '--settings=no', this.init === 'systemd' ? '--boot' : '/sbin/init'],
    ].flat();
    const child = spawn('sh', ['-euc', script, 'start', group, ...nspawn], {
      stdio: ['ignore', log, log],
      detached: true, // Ctrl-C is for us, not for it
      env: { PATH: searchPath, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1', SYSTEMD_COLORS: '0' },
    });
    closeSync(log);
    this.nspawn = child;
    child.once('exit', (code) => {
      if (code === rebooted && !this.stopping) this.start();
    });
  }

  /** The host's PID 1 as this machine counts it, or undefined when it does not run. */
  leader(): number | undefined {
    const pid = this.nspawn?.pid;
    if (!pid) return undefined;
    try {
      const ours = readlinkSync('/proc/self/ns/pid');
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      return children.map(Number).find((child) => readlinkSync(`/proc/${child}/ns/pid`) !== ours);
    } catch {
      return undefined; // ended while we looked
    }
  }

  /** Runs a program as root on the host, without using its network or its sshd. */
  exec(argv: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    const leader = this.leader();
    if (!leader) return Promise.reject(new Error(`${this.name} is not running. ${this.console()}`));
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const clean = ['env', '-i', path, 'HOME=/root', 'LANG=C.UTF-8', ...argv];
    return program(['nsenter', `--target=${leader}`, '--all', ...clean], options);
  }

  /** Whether something on the host listens on that TCP port, on whatever address. */
  listens(port: number): boolean {
    const leader = this.leader();
    if (!leader) return false;
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 0A `, 'm');
    return ['tcp', 'tcp6'].some((table) => {
      try {
        return listening.test(readFileSync(`/proc/${leader}/net/${table}`, 'utf8'));
      } catch {
        return false;
      }
    });
  }

  /** Shuts the host down as its own `poweroff` does; pulls the plug when that takes over 15 s. */
  async powerOff(): Promise<void> {
    this.stopping = true;
    await this.exec(['poweroff']).catch(() => {});
    const child = this.nspawn;
    if (!child) return;
    await until('the host to shut down', 15, () => hasEnded(child)).catch(() => {});
    await this.pullPlug();
  }

  /** Ends every process of the host at once. */
  async pullPlug(): Promise<void> {
    this.stopping = true;
    const child = this.nspawn;
    if (!child) return;
    // With a host's PID 1 the kernel ends all its processes; then nspawn has nothing left to do.
    const leader = this.leader();
    if (leader) process.kill(leader, 'SIGKILL');
    else child.kill('SIGKILL');
    await until('nspawn to end', 5, () => hasEnded(child)).catch(() => child.kill('SIGKILL'));
    await ended(child);
    this.nspawn = undefined;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
