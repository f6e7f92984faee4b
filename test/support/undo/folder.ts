import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, RunOptions } from '../../../src/host/api/host.ts';
import { localHost } from '../../../src/host/local/local.ts';
import type { Broker } from '../../../src/mosquitto/service/broker.ts';
import { changesOn } from '../../../src/undo/change/change.ts';
import type { Rewrite } from '../../../src/undo/change/rewrite.ts';
import { initFolders, type Kind, withInit } from './init.ts';

// The scripts of the broker's host, run on this machine in a folder of their own, for a service that is
// not the host's (as the practice broker's): what becomes of files. Or for one of systemd's or SysV init's, see init.ts.

const here = localHost({ name: 'practice', kind: 'practice' });

/** A folder that stands for a broker's host: its configuration in `etc`, what is kept of it in `var/state`. */
export type Folder = Awaited<ReturnType<typeof newFolder>>;

export async function newFolder(kind: Kind = 'none', machine: Host = here) {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-change-'));
  const at = (path: string) => join(folder, path);
  const layout = {
    ...{ state: at('var/state'), runtime: at('var'), certificates: at('etc/certs') },
    ...{ main: at('etc/main.conf'), folder: at('etc'), access: at('etc/conf.d/access.conf') },
    ...{ cwd: '/' },
  };
  const inside = await withInit(folder, kind);
  const run = (argv: readonly string[], options: RunOptions) => machine.run(inside(argv), options);
  const host = { ...machine, name: machine.name, run };
  const service = { kind: kind === 'none' ? 'practice' : kind, unit: 'mosquitto.service' };
  const broker = { host, layout, service, version: '2.0.21' } as Broker;
  const changes = changesOn(broker);
  await mkdir(at('etc'));
  await mkdir(at('var'));
  return {
    at,
    kind,
    /** Its folders of what is started at a boot. */
    init: Object.keys(initFolders[kind]),
    broker,
    changes,
    /** A command as the scripts are started here. */
    inside,
    /** Every path below etc with its kind, mode and bytes or target. */
    tree: (): string => execFileSync('sh', ['-c', list, 'tree', at('etc')], { encoding: 'utf8' }),
    file: (path: string, before: string | null, after: string): Rewrite['files'][number] => ({
      path: at(path),
      before,
      after,
      mode: 0o640,
      owner: null,
    }),
    make: (files: Rewrite['files'], links: Rewrite['links'] = []) =>
      changes.make(
        { files, links },
        { seconds: 60, who: 'ann from here', running: true, word: 'harden' },
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const list =
  'cd "$1" && find . -printf "%p %y %m %l\\n" | sort; find . -type f -print0 | sort -z | xargs -r -0 sha256sum';
