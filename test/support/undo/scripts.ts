import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { Trouble } from '../../../src/errors/trouble.ts';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { bring } from '../../../src/undo/change/bring.ts';
import { changesOn } from '../../../src/undo/change/change.ts';
import { controlKind, detachedIn } from '../../../src/undo/change/detached.ts';
import { PutBack } from '../../../src/undo/change/not-made.ts';
import type { Replay } from '../../../src/undo/put-back/replay.ts';
import type { Folder } from './folder.ts';
import type { Kind } from './init.ts';

/**
 * What is said: all is `done`; the change `stays`, and not all that follows was done; what was there before is in its place (`old`), or
 * will be, as it goes back by itself (`soon`); that it `failed`.
 */
export type Said = 'done' | 'stays' | 'old' | 'soon' | 'failed';

/** A script of the undo, as it is met in a folder. */
export interface Script {
  /** Makes what is there when it begins. */
  begin(folder: Folder): Promise<unknown>;
  /** Runs it, on a broker of that folder, and gives what it says of it. */
  act(broker: Folder['broker'], folder: Folder): Promise<Said>;
  /** What has to hold when it says so, besides that files are as planned. */
  done(folder: Folder): Promise<void>;
  /** So many calls that change something are seen in it, at least. */
  calls: number;
  /** It is met when the time of what is armed is over. */
  due?: true;
  /** Where it tells the service itself, there is nothing to settle. */
  only?: Kind;
}

export const release = (folder: Folder, name: string) => ({
  path: folder.at(`etc/certs/${name}`),
  staging: folder.at(`etc/certs/.staging-${name}`),
  word: 'distribute',
  files: [{ name: 'server.crt', bytes: Buffer.from(name), ownership: { mode: 0o644 } }],
});

const rewrite = (folder: Folder) => ({
  files: [
    folder.file('etc/main.conf', 'first\n', 'second\n'),
    folder.file('etc/a/b/new.conf', null, 'new\n'),
  ],
  links: [{ path: folder.at('etc/certs/current'), target: 'release-0001' }],
});

/** With time for all that is tried meanwhile. */
export const how = { seconds: 3600, who: 'ann from here', running: true, word: 'harden' };

async function made(folder: Folder): Promise<void> {
  await bring(folder.broker, release(folder, 'release-0001'), null);
  await folder.changes.make(rewrite(folder), how);
}

async function due(folder: Folder): Promise<void> {
  await made(folder);
  await writeFile(folder.at('var/state/armed/until'), '1 1');
}

const idThere = ({ at }: Folder) => readFile(at('var/state/armed/id'), 'utf8');

const untouched = /Nothing was changed|was not touched/;

/** What an error claims of the files. */
const claimed = (error: unknown): Said =>
  error instanceof PutBack
    ? isBack(error.replay)
      ? 'old'
      : 'failed'
    : error instanceof Trouble && untouched.test(`${error.likely} ${error.next}`)
      ? 'old'
      : error instanceof Trouble && /puts the change back by itself/.test(error.likely)
        ? 'soon'
        : 'failed';

const isBack = (replay: Replay | null): boolean =>
  replay !== null && replay.failed.length === 0 && replay.because === '';

const settles = (acted: Promise<unknown>): Promise<Said> => acted.then(() => 'done', claimed);

async function run(
  { host, layout }: Folder['broker'],
  script: string,
  ...words: string[]
): Promise<Said> {
  const command = [...detachedIn(100, script), layout.state, ...words];
  const { code } = await host.run(command, { root: true, doing: 'Trying' });
  return code === 0 ? 'done' : 'failed';
}

const putBack = (broker: Folder['broker'], what: 'waiting' | 'all'): Promise<Said> =>
  changesOn(broker)
    .putBack(what)
    .then((replay) => (isBack(replay) ? 'done' : 'failed'), claimed);

const nothingWaits = async ({ changes }: Folder) => expect(await changes.waiting()).toBeNull();

/** As the host does it by itself: `timer` waits and has it done by `due`; `boot` when it is started. */
const byItself = (mode: string): Script => ({
  begin: due,
  act: (broker) =>
    run(broker, hostScript('undo/put-back'), mode, controlKind(broker.service), 'waiting'),
  done: nothingWaits,
  due: true,
  calls: 20,
});

const scripts: Record<string, Script> = {
  'bringing files': {
    calls: 50,
    begin: async () => {},
    act: (broker, folder) => settles(bring(broker, release(folder, 'release-0001'), null)),
    done: nothingWaits,
  },
  'a change': {
    calls: 100,
    begin: (folder) => bring(folder.broker, release(folder, 'release-0001'), null),
    act: (broker, folder) => settles(changesOn(broker).make(rewrite(folder), how)),
    async done({ at, changes, kind }) {
      expect(await changes.waiting()).toMatchObject({ overdue: false });
      if (kind === 'none') return;
      const id = await readFile(at('var/state/armed/id'), 'utf8');
      const waits = `/bin/sh ${at('var/state')}/put-back ${at('var/state')} timer ${kind} waiting\n`;
      const asked = await readFile(at('bin/asked'), 'utf8');
      expect(asked).toContain(waits);
      if (kind === 'systemd') expect(asked).toContain(`--unit=mqtt-lockstep-undo-${id} `);
    },
  },
  'a confirmation': {
    calls: 15,
    begin: made,
    act: async (broker, folder) =>
      changesOn(broker)
        .confirm(await idThere(folder))
        .then(({ is, words }) => (is !== 'stays' ? 'failed' : words ? 'stays' : 'done'), claimed),
    done: nothingWaits,
  },
  'older certificates going': {
    calls: 5,
    // Where the confirmation itself was cut off.
    async begin(folder) {
      for (const name of ['release-0002', 'release-0003'])
        await bring(folder.broker, release(folder, name), null);
      await made(folder);
      await rename(folder.at('var/state/armed'), folder.at('var/state/confirmed'));
    },
    act(broker) {
      const { layout, service } = broker;
      const words = [controlKind(service), layout.certificates, 'release-0002'];
      return run(broker, hostScript('undo/prune'), ...words);
    },
    done: async ({ at }) =>
      expect(await readdir(at('etc/certs'))).toEqual(['current', 'release-0001', 'release-0003']),
  },
  'more time': {
    calls: 10,
    begin: made,
    act: async (broker, folder) =>
      changesOn(broker)
        .hold(await idThere(folder), 7000)
        .then(
          (held) => (held ? 'done' : 'failed'),
          () => 'failed',
        ),
    async done({ changes }) {
      const waiting = await changes.waiting();
      expect((waiting as { secondsLeft: number }).secondsLeft).toBeGreaterThan(6000);
    },
  },
  'putting a change back': {
    calls: 20,
    begin: made,
    act: (broker) => putBack(broker, 'waiting'),
    done: nothingWaits,
  },
  'an undo': {
    calls: 30,
    async begin(folder) {
      await made(folder);
      await folder.changes.confirm(await idThere(folder));
      await writeFile(folder.at('etc/main.conf'), 'mine\n');
    },
    act: (broker) => putBack(broker, 'all'),
    done: nothingWaits,
  },
  'one who waits until it is due': byItself('timer'),
  'putting back what is due': byItself('due'),
  'putting back at a boot': byItself('boot'),
  'a service that is as it was': {
    calls: 1,
    async begin(folder) {
      await made(folder);
      await folder.changes.putBack('waiting');
    },
    act: (broker) => run(broker, hostScript('undo/settled')),
    async done({ at }) {
      expect(await readdir(at('var/state/unsettled'))).toEqual([]);
    },
    only: 'none',
  },
};

export const scriptsOf = (kind: Kind): [string, Script][] =>
  Object.entries(scripts).filter(([, { only = kind }]) => only === kind);
