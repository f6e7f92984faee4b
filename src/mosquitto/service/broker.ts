import type { Host } from '../../host/api/host.ts';
import type { Socket } from '../effective/sockets.ts';
import type { Service } from './service.ts';

/** A Mosquitto on a host: where its files are, how it is started, what version it is. */
export interface Broker {
  host: Host;
  /** As shown to people: `rock-4se`, `practice`. */
  name: string;
  /** The address clients and proofs connect to. */
  address: string;
  /** The two ends of the SSH connection as its machine sees them (ssh(1), SSH_CONNECTION). */
  reached?: { client: string; server: string };
  /** Names and addresses that its clients might call it by, in normal form: what its machine says of itself, too. */
  names: string[];
  /**
   * Those by which this machine gets there: what was typed, and what that means here. Absent where the broker runs
   * on this very machine.
   */
  reachedBy?: readonly string[];
  /** Where anything listened on its machine when it was found; empty where that was not shown. */
  sockets: readonly Socket[];
  /** The full path of the program, as it is on the disk now: of the process that runs, or that would be started. */
  program: string;
  /** Whose rules its configuration follows, for example `2.0.11`. */
  version: string;
  /** What it is, for people: `Mosquitto 2.0.11`. */
  product: string;
  /** Where it listens when nothing else was asked for. */
  ports: { plain: number; tls: number };
  layout: Layout;
  service: Service;
  /** Other brokers that run on that machine, and the configuration of each. */
  neighbours: { unit: string; main: string }[];
  /** Whether a second one can be started beside it, to try a configuration. */
  canTry: boolean;
  /** What the practice broker differs in from a real one; empty for real ones. */
  caveats: string[];
}

/** Where things are on the broker's machine. The practice broker has all of them in its folder. */
export interface Layout {
  /** The configuration the running service uses, for example `/etc/mosquitto/mosquitto.conf`. */
  main: string;
  /** The folder it stands in. */
  folder: string;
  /** The file this program writes, the article's `conf.d/access.conf`. */
  access: string;
  certificates: string;
  authorities: string;
  /** Root-only: what was there before, so that it can be put back. */
  state: string;
  /** Root-only, and gone after a reboot: who works on this broker. */
  runtime: string;
  /** The full path of the folder from which the broker takes relative names: where it runs. */
  cwd: string;
  /** Who must be able to read the broker's key; null when it is the user who runs this program. */
  keyOwner: { owner: string; group: string } | null;
}
