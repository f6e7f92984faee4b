import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';
import { localHost } from '../../../src/host/local/local.ts';
import type { Goal } from '../../../src/mosquitto/candidate/access.ts';
import { candidateFor } from '../../../src/mosquitto/candidate/candidate.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { hostFiles } from '../../../src/mosquitto/inspection/host-files.ts';
import { trialTree } from '../../../src/mosquitto/trial/trial-tree.ts';
import { versions } from '../../support/brokers/reading.ts';

let top: string;
let host: Host;
beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'lockstep-files-')));
  host = localHost({ name: 'practice', kind: 'practice', environment: process.env });
  await mkdir(join(top, 'etc/conf.d'), { recursive: true });
  await mkdir(join(top, 'etc/other'));
  await mkdir(join(top, 'checkout/deep'), { recursive: true });
});
afterEach(async () => {
  await host.close();
  await rm(top, { recursive: true });
});

const goal: Goal = {
  ports: { plain: 1883, tls: 8883 },
  plainListener: 'refuse',
  minimumTls: '1.3',
  binds: [{}],
  carried: [],
  certfile: '/k/s.crt',
  keyfile: '/k/s.key',
  cafile: '/k/ca.crt',
};

/** What comes of an `include_dir` of this folder, where the article's file is in conf.d of TOP/etc. */
async function including(spelling: string, version: string, cwd = '/') {
  const folder = join(top, 'etc');
  const main = join(folder, 'mosquitto.conf');
  const access = join(folder, 'conf.d/access.conf');
  await writeFile(access, 'listener 1883\nallow_anonymous true\n');
  await writeFile(main, `include_dir ${spelling}\n`);
  const files = await hostFiles(host, { folder, access, cwd });
  const present = await readConfiguration(files, main, version);
  const layout = {
    ...{ main, folder, access, cwd, certificates: '/k', authorities: '/k', keyOwner: null },
    ...{ state: '/var/lib/mqtt-lockstep', runtime: '/run/mqtt-lockstep' },
  };
  const candidate = await candidateFor(goal, files, present, layout, version);
  const trial = await trialTree(candidate.configuration, candidate.tree, '/tmp/trial');
  return { present, candidate, trial, main, access };
}

/** It is read once, under the one name, is all that changes, and is in the trial, too. */
async function expectOne(spelling: string, version: string, cwd?: string) {
  const { present, candidate, trial, main, access } = await including(spelling, version, cwd);
  expect([spelling, present.error]).toEqual([spelling, null]);
  expect(present.files).toEqual([main, access]);
  expect(candidate.files.map(({ path }) => path)).toEqual([access]);
  expect(candidate.shortfalls).toEqual([]);
  expect(candidate.configuration.files).toEqual([main, access]);
  const included = String(trial.files.get('mosquitto.conf')).split('\n')[0];
  expect(included).toMatch(/^include_dir \/tmp\/trial\/include-0\/?$/);
  expect([...trial.files.keys()].filter((name) => name.startsWith('include-0/'))).toHaveLength(1);
}

test.each(versions)('for %s a folder is one, however it is spelt', async (version) => {
  const etc = join(top, 'etc');
  await symlink('etc', join(top, 'link'));
  await symlink('../etc/conf.d', join(top, 'checkout/conf.d'));
  await symlink('../etc/conf.d', join(etc, 'sites'));
  for (const spelling of [
    `${etc}/conf.d`,
    `${etc}/conf.d/`,
    `${etc}/conf.d//`,
    `/${etc}/./conf.d/.`,
    `${etc}//other/../conf.d/`,
    `${top}/link/conf.d`,
    `${top}/checkout/conf.d/`,
    `${etc}/sites`,
    `/proc/self/root${etc}/conf.d`,
  ])
    await expectOne(spelling, version);
  for (const spelling of ['conf.d', './conf.d', './conf.d/', '../etc/conf.d', 'other/../conf.d'])
    await expectOne(spelling, version, etc);
  await expectOne('etc/conf.d', version, `${top}/`);
});

test('a folder that is a link into a checkout is one, too, by both of its names', async () => {
  await rm(join(top, 'etc/conf.d'), { recursive: true });
  await symlink('../checkout/deep', join(top, 'etc/conf.d'));
  for (const spelling of ['etc/conf.d', 'etc/conf.d/', 'checkout/deep', 'etc/conf.d/../deep'])
    await expectOne(`${top}/${spelling}`, '2.0.21');
});

test('the broker’s folder itself may be a link', async () => {
  await symlink('etc', join(top, 'linked'));
  const folder = join(top, 'linked');
  await writeFile(join(folder, 'mosquitto.conf'), `include_dir ${top}/etc/conf.d/\n`);
  await writeFile(join(folder, 'conf.d/a.conf'), 'listener 1883\n');
  const access = join(folder, 'conf.d/access.conf');
  const files = await hostFiles(host, { folder, access, cwd: '/' });
  const { files: read } = await readConfiguration(files, join(folder, 'mosquitto.conf'), '2.0.11');
  expect(read).toEqual([join(folder, 'mosquitto.conf'), join(folder, 'conf.d/a.conf')]);
});

test('a folder read twice is read twice, for the broker does so', async () => {
  const { present } = await including(`${top}/etc/conf.d\ninclude_dir ${top}/etc/conf.d/`, '2.1.2');
  expect(present.files).toHaveLength(3);
});

test('what is complained about is in the words of the broker, with the folder as it is spelt', async () => {
  await mkdir(join(top, 'etc/conf.d/x.conf'));
  for (const [spelling, named] of [
    [`${top}/etc/conf.d/`, `${top}/etc/conf.d//x.conf`],
    ['./conf.d', './conf.d/x.conf'],
  ] as const) {
    const { present } = await including(spelling, '2.0.11', join(top, 'etc'));
    expect(present.error?.message).toBe(`Error: Config file ${named} is a directory.`);
    expect(present.error?.place?.file).toBe(join(top, 'etc/conf.d/x.conf'));
  }
  for (const gone of ['./nowhere', 'nowhere/', `${top}/etc/./nowhere`, `${top}/no/../where`]) {
    const { present } = await including(gone, '2.0.11');
    expect(present.error?.message).toBe(`Error: Unable to open include_dir '${gone}'.`);
  }
});

test.skipIf(process.getuid?.() !== 0)(
  'a file that opens and then gives an error is not taken for an empty one',
  async () => {
    const folder = join(top, 'etc');
    const broken = join(folder, 'conf.d/mine.conf');
    await writeFile(broken, '');
    await writeFile(join(folder, 'conf.d/dot.conf'), 'user somebody.');
    await writeFile(join(folder, 'conf.d/none.conf'), '');
    // Nothing is mapped at its beginning: read(2) gives EIO there (proc(5)).
    execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, broken]);
    try {
      const access = join(folder, 'conf.d/access.conf');
      const files = await hostFiles(host, { folder, access, cwd: '/' });
      for (const [name, text] of Object.entries({ dot: 'user somebody.', none: '', mine: '' }))
        expect(String(await files.read(join(folder, `conf.d/${name}.conf`)))).toBe(text);
      expect(files.gaps?.()).toMatchObject([{ path: broken, what: 'failed' }]);
    } finally {
      execFileSync('umount', [broken]);
    }
  },
);
