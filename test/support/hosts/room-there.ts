/**
 * Where one host lives: a number of its own on this machine, a mount namespace with its disk (the
 * base below, a layer in memory above) and a network namespace with its cable to us.
 *
 * All of it hangs on two shells: one in the namespaces, which waits for the end of a pipe from us,
 * and one around it, which holds the number's lock and clears up before it lets go. So the host ends
 * with us, whichever way we end.
 */
export interface Room {
  /** 1 to 254: the host is 10.77.N.2, this machine 10.77.N.1. */
  number: number;
  /** The host's. */
  address: string;
  /** The process that holds the namespaces. */
  pid: number;
  /** Files of ours about the host, for root only. */
  folder: string;
  /** The host's root folder as seen inside the mount namespace. */
  root: string;
  /** The same as seen from here. */
  rootFromHere: string;
  /** This machine's end of the cable. */
  cable: string;
  /** The control group for the host's processes. */
  group: string;
  /** A command line that runs a program in the host's root folder, before it is booted. */
  inRoot(argv: readonly string[]): string[];
  release(): Promise<void>;
}
