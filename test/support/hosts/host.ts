import type { FileFacts } from '../../../src/host/api/host.ts';
import { base } from './base.ts';
import { Container } from './container.ts';
import { prepare, type StartingConfiguration, type Variant } from './prepare.ts';
import { type ProgramOptions, type ProgramResult, until } from './program.ts';
import { takeRoom } from './room.ts';
import type { Room } from './room-there.ts';
import { greets, type SshAccess, sshAccess } from './ssh.ts';
import type { Suite } from './suites.ts';
import { Link, type Loss } from './weather/link.ts';

export interface HostOptions {
  suite: Suite;
  /** What the host calls itself; `rock-4se` unless told, with `rock-4se.lan` as its full name. */
  name?: string;
  /** `sudo` unless told. */
  variant?: Variant;
  /** `open` unless told. */
  config?: StartingConfiguration;
  /** How much the host can write (in memory), 1024 MiB unless told. */
  diskMiB?: number;
}

export interface FileToWrite {
  /** Permission bits, 0o644 unless told. */
  mode?: number;
  /** `user:group`, `root:root` unless told. */
  owner?: string;
}

/** Boots a host and waits until it takes logins and its broker is as it should be. */
export async function bootHost(options: HostOptions): Promise<TestHost> {
  const { suite, name = 'rock-4se', variant = 'sudo', config = 'open' } = options;
  const from = await base(suite);
  const room = await takeRoom(from, options.diskMiB ?? 1024);
  const clear: { close(): Promise<void> }[] = [{ close: () => room.release() }];
  try {
    const login = await prepare(from, room, name, variant, config);
    const host = new TestHost(suite, name, variant, config, room, await sshAccess(room, login));
    clear[0] = host;
    await host.switchOn();
    if (variant === 'stopped') await host.succeed(['systemctl', 'stop', 'mosquitto']);
    return host;
  } catch (error) {
    await clear[0]?.close();
    throw error;
  }
}

/** A broker host under test. What is done to it here does not go through the code under test. */
export class TestHost {
  readonly suite: Suite;
  readonly name: string;
  readonly variant: Variant;
  readonly config: StartingConfiguration;
  readonly address: string;
  readonly ssh: SshAccess;
  private readonly room: Room;
  private readonly container: Container;
  private readonly link: Link;
  private closed: Promise<void> | undefined;

  constructor(
    suite: Suite,
    name: string,
    variant: Variant,
    config: StartingConfiguration,
    room: Room,
    ssh: SshAccess,
  ) {
    this.suite = suite;
    this.name = name;
    this.variant = variant;
    this.config = config;
    this.address = room.address;
    this.ssh = ssh;
    this.room = room;
    this.container = new Container(room, name, variant === 'sysv' ? 'sysv' : 'systemd');
    this.link = new Link(room);
  }

  /** Runs a program there as root, out of band. Resolves whatever its exit status. */
  exec(argv: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    return this.container.exec(argv, options);
  }

  /** As `exec`, but anything other than exit status 0 is an error; gives standard output. */
  async succeed(argv: readonly string[], options: ProgramOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.exec(argv, options);
    if (code === 0) return stdout;
    throw new Error(`${this.name}: ${argv.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  }

  /** The bytes of a file, or null when there is none. */
  async read(path: string): Promise<Buffer | null> {
    const { code, bytes, stderr } = await this.exec(['cat', '--', path]);
    if (code === 0) return bytes;
    if (stderr.includes('No such file')) return null;
    throw new Error(`${this.name}: ${stderr.trim()}`);
  }

  /** Writes a whole file as root; the folders above it are made. */
  async writeFile(path: string, bytes: Uint8Array | string, as: FileToWrite = {}): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")"; cat > "$1"; chown "$2" "$1"; chmod "$3" "$1"';
    const { mode = 0o644, owner = 'root:root' } = as;
    const argv = ['sh', '-euc', script, 'write', path, owner, mode.toString(8)];
    await this.succeed(argv, { input: bytes });
  }

  /** What stands at a path (not following a last symbolic link), or null. */
  async stat(path: string): Promise<FileFacts | null> {
    const { code, stdout, stderr } = await this.exec(['stat', '-c', '%f %U %G %s %Y', '--', path]);
    if (code !== 0) {
      if (stderr.includes('No such file')) return null;
      throw new Error(`${this.name}: ${stderr.trim()}`);
    }
    const [raw = '', owner = '', group = '', size = '', modified = ''] = stdout.trim().split(' ');
    const bits = Number.parseInt(raw, 16);
    const type = types[bits & 0o170000] ?? 'other';
    const mode = bits & 0o7777;
    const facts = {
      path,
      type,
      mode,
      owner,
      group,
      size: Number(size),
      modified: Number(modified),
    };
    if (type !== 'symlink') return facts;
    return { ...facts, target: (await this.succeed(['readlink', '--', path])).trimEnd() };
  }

  /** The host's PID 1 as this machine counts it, for nsenter(1); undefined while it is off. */
  leader(): number | undefined {
    return this.container.leader();
  }

  /** Whether something there listens on a TCP port, on whatever address. */
  listens(port: number): boolean {
    return this.container.listens(port);
  }

  /** Pulls the cable: new connections fail at once, running ones stall. */
  cutLink(): Promise<void> {
    return this.link.cut();
  }

  /** Plugs it in again; see `resetConnections` for connections that did not survive. */
  healLink(): Promise<void> {
    return this.link.heal();
  }

  /** Loses packets silently: every one, or what the host sends, or none any more. */
  dropPackets(which: Loss): Promise<void> {
    return this.link.drop(which);
  }

  /** Makes the host forget its TCP connections: their other ends get a reset, now or once healed. */
  resetConnections(): Promise<void> {
    return this.link.reset();
  }

  /** Adds to every round trip, whatever the protocol; 0 takes it away. */
  delay(milliseconds: number): Promise<void> {
    return this.link.delay(milliseconds);
  }

  /**
   * Switches the host off and on again, on the same disk: `clean` as by its own `poweroff`,
   * `power-cut` with every process gone in an instant. Waits until it is ready.
   */
  async reboot(how: 'clean' | 'power-cut' = 'clean'): Promise<void> {
    await this.switchOff(how);
    await this.switchOn();
  }

  async switchOff(how: 'clean' | 'power-cut' = 'clean'): Promise<void> {
    if (how === 'clean') await this.container.powerOff();
    else await this.container.pullPlug();
  }

  async switchOn(): Promise<void> {
    this.container.start();
    await this.ready();
  }

  /** Waits until the host takes logins and its broker has settled; for after its own reboot, too. */
  async ready(): Promise<void> {
    const console = () => `Its console:\n${this.container.console()}`;
    await until('sshd on the host', 60, () => this.container.listens(22), console);
    await until('a greeting from sshd', 20, () => greets(this.address), console);
    const ask = ['sh', '-c', 'test ! -e /run/nologin'];
    await until('logins to be let in', 20, async () => (await this.exec(ask)).code === 0, console);
    await until('the broker to settle', 30, () => this.brokerSettled(), console);
  }

  /** Whether the broker runs, or will not run by itself however long one waits. */
  private async brokerSettled(): Promise<boolean> {
    if (this.variant === 'no-mosquitto') return true;
    if (this.variant === 'sysv' || this.variant === 'cron') {
      if (this.config === 'open' || this.config === 'default') return this.listens(1883);
      return (await this.exec(['pgrep', '-x', 'mosquitto'])).code === 0;
    }
    const units = ['mosquitto', 'mosquitto@*'];
    const show = ['systemctl', 'show', '--property=ActiveState,NRestarts', ...units];
    const { stdout } = await this.exec(show);
    return /=(active|failed)$/m.test(stdout) || /NRestarts=[1-9]/.test(stdout);
  }

  /** Ends the host and everything it had. Idempotent. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    await this.link.heal();
    await this.link.delay(0);
    await this.container.pullPlug();
    await this.room.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const types: Readonly<Record<number, FileFacts['type']>> = {
  32768: 'file', // the bits of S_IFMT, stat(2)
  16384: 'directory',
  40960: 'symlink',
};
