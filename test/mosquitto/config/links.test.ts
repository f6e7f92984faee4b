import { chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';
import { refusePlanted } from '../../../src/host/files/own-folder.ts';
import { localHost } from '../../../src/host/local/local.ts';
import { linkFindings } from '../../../src/mosquitto/audit/link-findings.ts';
import { linksAmong, linkWords } from '../../../src/mosquitto/config/files/links.ts';
import { lookAt } from '../../../src/mosquitto/inspection/look.ts';
import type { Broker } from '../../../src/mosquitto/service/broker.ts';

const isRoot = process.getuid?.() === 0;
/** Anybody but root. */
const somebody = 12_345;

let top: string;
let etc: string;
let host: Host;
beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'lockstep-links-')));
  etc = join(top, 'etc');
  host = localHost({ name: 'local', kind: 'local' });
  await mkdir(join(top, 'checkout/conf.d'), { recursive: true });
  await mkdir(etc);
  await writeFile(join(top, 'checkout/mosquitto.conf'), `include_dir ${etc}/conf.d\n`);
  await writeFile(join(top, 'checkout/conf.d/access.conf'), 'listener 1883\n');
  await symlink('../checkout/mosquitto.conf', join(etc, 'mosquitto.conf'));
  await symlink('../checkout/conf.d', join(etc, 'conf.d'));
});
afterEach(async () => {
  await host.close();
  await rm(top, { recursive: true });
});

test.skipIf(!isRoot)(
  'a file that is a link, or in a folder that is one, is called so',
  async () => {
    await symlink('nowhere', join(etc, 'gone.conf'));
    await writeFile(join(etc, 'plain.conf'), '');
    const [main, access] = [join(etc, 'mosquitto.conf'), join(etc, 'conf.d/access.conf')];
    const paths = [
      main,
      access,
      join(etc, 'gone.conf'),
      join(etc, 'plain.conf'),
      join(etc, 'none'),
    ];
    const links = await linksAmong(host, etc, paths);
    expect(links).toEqual([
      {
        ...{ path: main, link: main, target: '../checkout/mosquitto.conf', owner: 'root' },
        leadsTo: `${top}/checkout/mosquitto.conf`,
      },
      {
        ...{ path: access, link: join(etc, 'conf.d'), target: '../checkout/conf.d', owner: 'root' },
        leadsTo: `${top}/checkout/conf.d`,
      },
      {
        ...{ path: paths[2], link: paths[2], target: 'nowhere', leadsTo: null, owner: '' },
      },
    ]);
    expect(links.map(linkWords)).toEqual([
      `a link to ${top}/checkout/mosquitto.conf`,
      `in ${etc}/conf.d, a link to ${top}/checkout/conf.d`,
      'a link to nowhere, where nothing is',
    ]);
  },
);

/** The findings of a broker that is configured here. */
async function findings() {
  const layout = { folder: etc, main: join(etc, 'mosquitto.conf'), cwd: '/' };
  const broker = {
    ...{ host, version: '2.0.21' },
    layout: {
      ...layout,
      access: join(etc, 'conf.d/access.conf'),
      keyOwner: { owner: 'mosquitto' },
    },
  } as unknown as Broker;
  return linkFindings(broker, await lookAt(broker));
}

test.skipIf(!isRoot)('whose it is where a link leads decides how bad that is', async () => {
  expect((await findings()).map(({ id, severity, file }) => [id, severity, file])).toEqual([
    ['configuration-is-link', 'note', join(etc, 'mosquitto.conf')],
    ['configuration-is-link', 'note', join(etc, 'conf.d/access.conf')],
  ]);
  // Whoever owns the folder may exchange root's file in it.
  await chown(join(top, 'checkout'), somebody, somebody);
  const found = await findings();
  expect(found.map(({ id, severity }) => [id, severity])).toEqual([
    ['configuration-of-other-user', 'warning'],
    ['configuration-of-other-user', 'warning'],
  ]);
  expect(found[0]?.message).toContain(`which belongs to user ${somebody}`);
  expect(found[1]?.message).toContain(`${etc}/conf.d is a link to ${top}/checkout/conf.d`);
});

test.skipIf(!isRoot)(
  'nothing is written by way of a link into what is somebody else’s',
  async () => {
    const folders = [join(etc, 'conf.d')];
    await refusePlanted(host, folders, { root: true });
    await chown(join(top, 'checkout'), somebody, somebody);
    await expect(refusePlanted(host, folders, { root: true })).rejects.toMatchObject({
      kind: 'permission',
      message: `${top}/checkout belongs to another user.`,
    });
  },
);
