import { program, succeed } from './program.ts';
import type { Room } from './room.ts';

/** The cable between this machine and a host, and ways to spoil it. */
export class Link {
  private readonly room: Room;

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

  /** Loses every packet both ways, without a word; the carrier stays. */
  async drop(on: boolean): Promise<void> {
    const none = 'table inet loss\ndelete table inet loss\n';
    const all = `table inet loss {
      chain in { type filter hook input priority -300; iifname "eth0" drop; }
      chain out { type filter hook output priority -300; oifname "eth0" drop; }
    }\n`;
    await succeed(this.inside(['nft', '-f', '-']), { input: on ? none + all : none });
  }

  /** Makes the host forget its TCP connections: what still comes on them is answered by a reset. */
  async reset(): Promise<void> {
    await succeed(this.inside(['ss', '--kill', '--tcp', 'state', 'connected']));
  }

  /**
   * Adds to the time of a round trip; 0 takes it away. False where the kernel cannot do it (it
   * takes the packet scheduler netem): nothing is changed then.
   */
  async delay(milliseconds: number): Promise<boolean> {
    const { cable } = this.room;
    await program(['tc', 'qdisc', 'delete', 'dev', cable, 'root']);
    if (milliseconds === 0) return true;
    const netem = ['netem', 'delay', `${milliseconds}ms`];
    return (await program(['tc', 'qdisc', 'add', 'dev', cable, 'root', ...netem])).code === 0;
  }

  /** A command line in the host's network, with this machine's programs. */
  private inside(argv: readonly string[]): string[] {
    return ['nsenter', `--target=${this.room.pid}`, '--net', ...argv];
  }
}
