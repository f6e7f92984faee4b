import type { Duplex } from 'node:stream';
import { clean } from '../text/clean.ts';
import type { Host, RunOptions } from './api/host.ts';
import type { Start } from './api/running.ts';
import { type Trace, traced } from './api/trace.ts';
import {
  type Act,
  listFolder,
  type Means,
  readFile,
  statPaths,
  writeFile,
} from './files/actions.ts';
import { endedThere, wasEnded } from './programs/failures.ts';
import { type ExecuteOptions, execute, shown } from './programs/program.ts';
import { together } from './programs/together.ts';
import { within } from './programs/within.ts';
import type { Root } from './sudo/sudo.ts';

/** What differs from one kind of host to the next; everything else is built on these. */
export interface HostParts {
  name: string;
  kind: Host['kind'];
  start: Start;
  root: Root;
  /** False where all files belong to the user: `owner` and `group` are then left as they are. */
  setsOwner: boolean;
  connectSocket(path: string): Promise<Duplex>;
  connectPort(address: string, port: number): Promise<Duplex>;
  close(): Promise<void>;
  trace?: Trace | undefined;
}

/** A program has its turn among others, and the channel it runs in. Longer than each of them may take by itself. */
const startSeconds = 45;

/** Without what one alone can have. */
const isPlain = ({ input, signal, timeoutSeconds }: Omit<ExecuteOptions, 'where'>): boolean =>
  [input, signal, timeoutSeconds].every((one) => one === undefined);

/** A host made of a way to start programs on it and a way to be root there. */
export function hostOn({
  name,
  kind,
  start,
  root,
  setsOwner,
  connectSocket,
  connectPort,
  close,
  trace,
}: HostParts): Host {
  const look = together(name);
  const act: Act = async (argv, { root: asRoot, look: looks, ...options }) => {
    // Outside the time limit: somebody may have to type a password.
    const begin = asRoot ? await root.ready() : start;
    return traced(
      trace,
      { host: name, root: asRoot === true, what: options.traceAs ?? options.doing },
      () =>
        asRoot && looks && kind === 'ssh' && isPlain(options)
          ? look(begin, argv, options)
          : execute(begin, argv, { ...options, where: name }),
      ({ code, signal }) => code ?? signal ?? 'ended',
    );
  };
  const means: Means = { act, where: name };
  return {
    name,
    kind,
    async becomeRoot() {
      await root.ready();
    },
    async run(argv, options: RunOptions = {}) {
      // Arguments may be content: a trace has the program's name at most.
      const named = options.doing ?? `\`${shown(argv)}\``;
      const traceAs = options.doing ?? clean(argv[0] ?? '', 80);
      const output = await act(argv, { ...options, doing: named, traceAs });
      // What was not looked at to its end has not seen that there is nothing.
      if (options.look && wasEnded(output)) throw endedThere(named, name);
      return { ...output, stdout: output.stdout.toString(), stderr: output.stderr.toString() };
    },
    async start(argv, { root: asRoot, signal = new AbortController().signal } = {}) {
      const begin = asRoot ? await root.ready() : start;
      const late = new AbortController();
      return within(
        begin(argv, AbortSignal.any([signal, late.signal])),
        {
          seconds: startSeconds,
          what: `${name}, asked to start a program,`,
          likely: 'That machine is very busy, or its SSH server or sudo there hangs.',
        },
        () => late.abort(),
      );
    },
    read: (path, options) => readFile(means, path, options),
    write: (path, bytes, { mode, ...owners }, options) =>
      writeFile(means, path, bytes, setsOwner ? { mode, ...owners } : { mode }, options),
    stat: (paths, options) => statPaths(means, paths, options),
    list: (path, options) => listFolder(means, path, options),
    connectSocket: (path) =>
      traced(
        trace,
        { host: name, root: false, what: `Connecting to ${clean(path, 200)}` },
        () => connectSocket(path),
        () => 0,
      ),
    connectPort: (address, port) =>
      traced(
        trace,
        { host: name, root: false, what: `Connecting to ${clean(address, 200)} port ${port}` },
        () => connectPort(address, port),
        () => 0,
      ),
    close: async () => {
      root.close();
      await close();
    },
  };
}
