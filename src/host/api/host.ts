import type { Duplex } from 'node:stream';
import type { Running } from './running.ts';

/**
 * A machine Lockstep acts on. The steps know only this interface: the same code works on this
 * machine, over SSH, and in the folder of the practice broker.
 */
export interface Host {
  /** How people call it: `local`, `practice`, or `user@name[:port]`. */
  readonly name: string;
  readonly kind: 'local' | 'ssh' | 'practice';

  /**
   * Finds out how root is reached there, and asks for what that takes, before anything has to be done as
   * root. Rejects with a HostError where it is not to be had.
   */
  becomeRoot(): Promise<void>;

  /** Runs a program. Resolves whatever the exit status; rejects with a HostError otherwise. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;

  /** Starts a program that goes on until its input ends or `signal` aborts, with its streams. */
  start(argv: readonly string[], options?: Pick<Acting, 'root' | 'signal'>): Promise<Running>;

  /** The bytes of a file, or null when there is none. At most `limit` bytes (1 MiB unless told). */
  read(path: string, options?: ReadOptions): Promise<Buffer | null>;

  /**
   * Writes a whole file in one step: a root-only temporary file beside it (mode 0600 from its first
   * byte), length checked, owner and mode set, flushed, then renamed. Nobody ever sees half of it.
   */
  write(path: string, bytes: Uint8Array, ownership: Ownership, options?: Acting): Promise<void>;

  /** What stands at each path (not following a last symbolic link); null where nothing does. */
  stat(paths: readonly string[], options?: Acting): Promise<(FileFacts | null)[]>;

  /** The names in a folder, sorted, or null when there is no such folder. */
  list(path: string, options?: Acting): Promise<string[] | null>;

  /**
   * A connection to a unix socket there, as the login user. Rejects with a HostError. Its stream has an error of
   * kind `lost` where the connection to that machine ended first: nobody at the socket hung up.
   */
  connectSocket(path: string): Promise<Duplex>;

  /**
   * A TCP connection from that machine to a port of an address or name as that machine knows it.
   * Rejects with a NoConnection where there is none to be had, with another HostError otherwise. Its stream ends
   * as that of `connectSocket`.
   */
  connectPort(address: string, port: number): Promise<Duplex>;

  /** Ends connections and children. Idempotent. */
  close(): Promise<void>;
}

export interface Acting {
  /** As root (through sudo where needed). Without it: as the login user. */
  root?: boolean;
  /** Gives up after this many seconds (30 unless told); the outcome is then unknown. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

export interface RunOptions extends Acting {
  /** What it is for, in place of the command in error texts and traces: `Looking for Mosquitto`. */
  doing?: string;
  /** Given to the program's standard input, which is then closed. Without it: empty. */
  input?: Uint8Array | string;
  /** Standard output and error are each cut at this many bytes (1 MiB unless told). */
  limit?: number;
  /**
   * It only looks, for a moment, and its standard error means nothing: far away it is done in one program with
   * others of root that are asked for at the same time.
   */
  look?: boolean;
}

export interface ReadOptions extends Acting {
  limit?: number;
}

export interface RunResult {
  /** Exit status; null when a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** True when output was cut at the limit. */
  truncated: boolean;
}

export interface Ownership {
  /** Permission bits, for example 0o600. */
  mode: number;
  /** Names or numbers; left out: whoever writes. */
  owner?: string;
  group?: string;
}

export interface FileFacts {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  mode: number;
  owner: string;
  group: string;
  /** Bytes. */
  size: number;
  /** Seconds since 1970. */
  modified: number;
  /** Where a symbolic link points, as written in it. */
  target?: string;
}
