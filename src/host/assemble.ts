import type { Duplex } from 'node:stream';
import { type Act, listFolder, type Means, readFile, statPaths, writeFile } from './actions.ts';
import type { Host, RunOptions } from './host.ts';
import { execute, type Start, shown } from './program.ts';
import type { Root } from './sudo.ts';

/** What differs from one kind of host to the next; everything else is built on these. */
export interface HostParts {
  name: string;
  kind: Host['kind'];
  start: Start;
  root: Root;
  /** False where all files belong to the user: `owner` and `group` are then left as they are. */
  setsOwner: boolean;
  connectSocket(path: string): Promise<Duplex>;
  close(): Promise<void>;
}

/** A host made of a way to start programs on it and a way to be root there. */
export function hostOn({
  name,
  kind,
  start,
  root,
  setsOwner,
  connectSocket,
  close,
}: HostParts): Host {
  const act: Act = async (argv, { root: asRoot, ...options }) => {
    // Outside the time limit: somebody may have to type a password.
    const begin = asRoot ? await root.ready() : start;
    return execute(begin, argv, { ...options, where: name });
  };
  const means: Means = { act, where: name };
  return {
    name,
    kind,
    get privilege() {
      return root.privilege;
    },
    async run(argv, options: RunOptions = {}) {
      const output = await act(argv, { ...options, doing: `\`${shown(argv)}\`` });
      return { ...output, stdout: output.stdout.toString(), stderr: output.stderr.toString() };
    },
    async start(argv, { root: asRoot, signal = new AbortController().signal } = {}) {
      return (asRoot ? await root.ready() : start)(argv, signal);
    },
    read: (path, options) => readFile(means, path, options),
    write: (path, bytes, { mode, ...owners }, options) =>
      writeFile(means, path, bytes, setsOwner ? { mode, ...owners } : { mode }, options),
    stat: (paths, options) => statPaths(means, paths, options),
    list: (path, options) => listFolder(means, path, options),
    connectSocket,
    close: async () => {
      root.close();
      await close();
    },
  };
}
