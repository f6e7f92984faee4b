import { vi } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';

// Instrumentation of real hosts over real links: before every remote action of a session something can
// happen. Importing this puts it around `connectSsh` for the tests of the file.

type BeforeAction = (number: number, what: string) => Promise<void>;
const watched = vi.hoisted(() => new Map<string, BeforeAction>());

vi.mock('../../../src/host/ssh/ssh.ts', async (original) => {
  const real = await original<typeof import('../../../src/host/ssh/ssh.ts')>();
  return {
    ...real,
    async connectSsh(...[target, options]: Parameters<typeof real.connectSsh>): Promise<Host> {
      const host = await real.connectSsh(target, options);
      const before = watched.get(target.slice(target.indexOf('@') + 1));
      return before ? around(host, before) : host;
    },
  };
});

const actions = [
  ...['run', 'start', 'read', 'write', 'stat', 'list', 'connectSocket', 'connectPort'],
] as const;

function around(host: Host, before: BeforeAction): Host {
  let count = 0;
  return new Proxy(host, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (!actions.some((action) => action === name)) return value;
      return async (...words: unknown[]) => {
        await before(++count, `${String(name)} ${JSON.stringify(words[0])?.slice(0, 100)}`);
        return value.apply(target, words);
      };
    },
  });
}

/** From now on sessions with this address call `before` ahead of each action; undefined ends it. */
export function beforeActions(address: string, before: BeforeAction | undefined): void {
  if (before) watched.set(address, before);
  else watched.delete(address);
}
