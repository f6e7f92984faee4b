import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { firstWords } from '../lock.ts';
import { ended, program, succeed } from '../program.ts';
import type { Room } from '../room-there.ts';

const delayProgram = join(import.meta.dirname, 'delay.py');

/** Which packets of a host are lost: none, those that it sends, all. */
export type Loss = 'none' | 'sent' | 'all';

/** The cable between this machine and a host, and ways to spoil it. */
export class Link {
  private readonly room: Room;
  private delaying: ChildProcessByStdio<Writable, Readable, null> | undefined;

  constructor(room: Room) {
    this.room = room;
  }

  /**
   * Pulls the cable: both ends lose the carrier, new connections from here fail at once with "No
   * route to host", running ones stall.
   */
  async cut(): Promise<void> {
    // Without this route they would go looking for the host by way of the default gateway.
    await succeed(['ip', 'route', 'replace', ...this.nowhere()]);
    await succeed(['ip', 'link', 'set', this.room.cable, 'down']);
  }

  /** Plugs it in again. Running connections go on if nobody has given them up meanwhile. */
  async heal(): Promise<void> {
    await succeed(['ip', 'link', 'set', this.room.cable, 'up']);
    await program(['ip', 'route', 'delete', ...this.nowhere()]);
  }

  private nowhere(): string[] {
    return ['unreachable', `10.77.${this.room.number}.0/24`, 'metric', '4000'];
  }

  /** Loses packets without a word; the carrier stays. Every one, both ways, or what the host sends. */
  async drop(which: Loss): Promise<void> {
    const into = 'chain in { type filter hook input priority -300; iifname "eth0" drop; }';
    const out = 'chain out { type filter hook output priority -300; oifname "eth0" drop; }';
    const chains = { none: '', sent: out, all: `${into}\n${out}` }[which];
    const forget = 'table inet loss\ndelete table inet loss\n';
    const input = `${forget}table inet loss {\n${chains}\n}\n`;
    await succeed(this.inside(['nft', '-f', '-']), { input });
  }

  /** Makes the host forget its TCP connections: what still comes on them is answered by a reset. */
  async reset(): Promise<void> {
    await succeed(this.inside(['ss', '--kill', '--tcp', 'state', 'connected']));
  }

  /**
   * Adds to the time of every round trip; 0 takes it away. Half of it each way, whatever the
   * protocol above IP. By a program of ours, because not every kernel has the scheduler netem.
   */
  async delay(milliseconds: number): Promise<void> {
    await succeed(this.inside(['iptables', '-t', 'mangle', '-F']));
    if (this.delaying) {
      this.delaying.stdin.end();
      await ended(this.delaying);
      this.delaying = undefined;
    }
    if (milliseconds === 0) return;
    const argv = this.inside(['python3', delayProgram, String(milliseconds / 2)]);
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.delaying = child;
    if ((await firstWords(child))?.trim() !== 'ready')
      throw new Error('packets cannot be delayed here');
    for (const [chain, side] of [
      ['INPUT', '-i'],
      ['OUTPUT', '-o'],
    ] as const) {
      const queue = ['NFQUEUE', '--queue-num', '0', '--queue-bypass'];
      const rule = ['iptables', '-t', 'mangle', '-A', chain, side, 'eth0', '-j', ...queue];
      await succeed(this.inside(rule));
    }
  }

  /** A command line in the host's network, with this machine's programs. */
  private inside(argv: readonly string[]): string[] {
    return ['nsenter', `--target=${this.room.pid}`, '--net', ...argv];
  }
}
