import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { succeed } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { fault } from '../stage/stage.ts';

const fill = (folder: string) => `cat /dev/zero > ${folder}/full; cat /dev/zero >> ${folder}/full`;

fault(
  '4-disk-of-broker',
  async ({ host, before, lockstep }) => {
    await host.exec(['sh', '-c', fill('')]);
    const run = await lockstep('run');
    expectTold(run, {
      code: 1,
      what: /on radxa@\S+/,
      likely: 'The disk there is full.',
      next: 'Make room',
    });
    expect(await observe.tree(host)).toBe(before.tree);
    await host.succeed(['rm', '/full']);
    return 'refused, untouched';
  },
  { host: { diskMiB: 24 } },
);

fault('4-disk-of-client', async ({ home, lockstep, answer }) => {
  const folder = join(home.folder, 'client-disk');
  await mkdir(folder);
  await succeed(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'lockstep', folder]);
  try {
    await succeed(['sh', '-c', `${fill(folder)} 2>/dev/null; true`]);
    await answer(`clients: [{ name: client01, folder: "${folder}/client01" }]\n`);
    const run = await lockstep('run');
    expectTold(run, { code: 1, what: /client01/, likely: /full/, next: /\w/ });
  } finally {
    await succeed(['umount', '--lazy', folder]);
    await answer(`clients: [{ name: client01, folder: "${home.site}/clients/client01" }]\n`);
  }
  return 'refused, old service';
});

fault('4-disk-here', async ({ host, home, before, lockstep }) => {
  await mkdir(home.site);
  await succeed(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'lockstep', home.site]);
  try {
    await succeed(['sh', '-c', `${fill(home.site)} 2>/dev/null; true`]);
    const run = await lockstep('run');
    expectTold(run, { code: 3, what: /The disk is full/, likely: /No room/, next: /\w/ });
    expect(await observe.tree(host)).toBe(before.tree);
  } finally {
    await succeed(['umount', '--lazy', home.site]);
  }
  return 'refused, untouched';
});

fault('5-read-only-etc', async ({ host, before, lockstep }) => {
  await host.succeed(['sh', '-c', 'mount --bind /etc /etc && mount -o remount,bind,ro /etc']);
  try {
    const run = await lockstep('run');
    expectTold(run, { code: 1, what: /\w/, likely: /read-only/, next: /\w/ });
    expect(await observe.tree(host)).toBe(before.tree);
  } finally {
    // Whatever of the host has a file open there must not keep it.
    await host.succeed(['umount', '--lazy', '/etc']);
  }
  return 'refused, untouched';
});
