import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/host/api/host.ts';
import { localHost } from '../../src/host/local/local.ts';
import { hostScript, scriptCommand } from '../../src/host-scripts/script.ts';
import { linksAmong } from '../../src/mosquitto/config/files/links.ts';
import { hostFiles } from '../../src/mosquitto/inspection/host-files.ts';
import { lookAtReleases } from '../../src/steps/release/release-look.ts';
import { bring } from '../../src/undo/change/bring.ts';
import { lookBack } from '../../src/undo/put-back/look-back.ts';
import { waysFrom } from '../../src/undo/put-back/ways.ts';
import { programs } from '../support/host-scripts.ts';
import { temporaryFolder } from '../support/ssh/sshd.ts';
import { newFolder } from '../support/undo/folder.ts';
import { release } from '../support/undo/scripts.ts';

// What `sh` is on another machine: Debian's dash, bash, busybox ash and mksh, each under that name, on real files.

const shells = [
  { shell: 'dash', path: '/bin/dash' },
  { shell: 'bash', path: '/bin/bash' },
  { shell: 'busybox', path: '/bin/busybox' },
  { shell: 'mksh', path: '/bin/mksh' },
].filter(({ path }) => existsSync(path) || process.env.LOCKSTEP_TEST_ALL === '1');

/** This machine, where `sh` is that shell. */
async function machine(path: string): Promise<Host> {
  const tools = await temporaryFolder();
  await symlink(path, join(tools, 'sh'));
  const environment = { PATH: `${tools}:${process.env.PATH}` };
  return localHost({ name: 'practice', kind: 'practice', environment });
}

const awkward = ["it's", 'two words', 'line\nend', '-n', '*', '$(id)', 'ü'];

describe.each(shells)('$shell', ({ shell, path }) => {
  test('is the one that runs them', async () => {
    const { stdout } = await (await machine(path)).run([
      'sh',
      '-c',
      'readlink -f "/proc/$$/exe"; :',
    ]);
    expect(stdout.trim()).toMatch(new RegExp(`/${shell}$`));
  });

  test('takes each of them apart', async () => {
    const sh = shell === 'busybox' ? [path, 'sh'] : [path];
    for (const { name } of programs) {
      const { stderr, status } = spawnSync(sh[0] ?? '', [...sh.slice(1), '-n'], {
        input: hostScript(name),
        encoding: 'utf8',
      });
      expect({ name, stderr, status }).toEqual({ name, stderr: '', status: 0 });
    }
  });

  test('files: written, read, listed, looked at; what is not there is that', async () => {
    const host = await machine(path);
    const folder = await temporaryFolder();
    for (const [index, name] of awkward.entries()) {
      const file = join(folder, name);
      await host.write(file, Buffer.from(`first ${index}`), { mode: 0o600 });
      await host.write(file, Buffer.from(`bytes \0 ${index}`), { mode: 0o640 });
      expect(String(await host.read(file))).toBe(`bytes \0 ${index}`);
    }
    expect(await host.list(folder)).toEqual([...awkward].sort());
    await symlink("it's", join(folder, 'link'));
    const paths = ['link', 'two words', 'nothing'].map((name) => join(folder, name));
    expect(await host.stat(paths)).toMatchObject([
      { type: 'symlink', target: "it's" },
      { type: 'file', mode: 0o640 },
      null,
    ]);
    expect(await host.read(join(folder, 'nothing'))).toBe(null);
    expect(await host.list(join(folder, 'nothing'))).toBe(null);
    await expect(host.read(folder)).rejects.toMatchObject({ name: 'HostError' });
    const nowhere = join(folder, 'nothing', 'file');
    await expect(host.write(nowhere, Buffer.from(''), { mode: 0o600 })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test('a configuration, its links and its releases are told', async () => {
    const host = await machine(path);
    await using folder = await newFolder('none', host);
    const { at, broker } = folder;
    await mkdir(at('etc/certs/release-0001'), { recursive: true });
    await mkdir(at('elsewhere'));
    await writeFile(at('elsewhere/real.conf'), 'listener 1883\n');
    await writeFile(at('etc/main.conf'), 'include_dir x\n');
    await symlink(at('elsewhere/real.conf'), at('etc/linked.conf'));
    await writeFile(at('etc/certs/release-0001/server.crt'), 'certificate\n');
    await symlink('release-0001', at('etc/certs/current'));
    const files = await hostFiles(host, broker.layout);
    expect(String(await files.read(at('etc/main.conf')))).toBe('include_dir x\n');
    expect(await files.list(at('etc'))).toEqual(expect.arrayContaining(['linked.conf', 'certs']));
    expect(await linksAmong(host, at('etc'), [at('etc/linked.conf')])).toMatchObject([
      { link: at('etc/linked.conf'), leadsTo: at('elsewhere/real.conf') },
    ]);
    const named = at('etc/certs/current/server.crt');
    const ways = await waysFrom(broker, [named, at('etc/nothing')]);
    expect(ways.get(named)).toEqual({
      links: [{ link: at('etc/certs/current'), rest: 'server.crt' }],
      end: at('etc/certs/release-0001/server.crt'),
    });
    expect(ways.get(at('etc/nothing'))?.end).toBe(null);
    const links = [at('etc/certs/current'), at('etc/certs/nothing')];
    const look = await lookAtReleases(host, at('etc/certs'), links, ['server.crt', 'server.key']);
    expect(look).toMatchObject({
      ...{ newest: 1, links: [{ target: 'release-0001' }, null] },
      files: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }, null],
    });
    const sums = await host.run(scriptCommand('files/sums', named, at('etc/nothing')));
    expect(sums.stdout).toMatch(/^[0-9a-f]{64}\nnone\n$/);
    const planted = await host.run(scriptCommand('files/whose-folders', '', '/tmp/x', '/usr/bin'));
    expect(planted).toMatchObject({ code: 0, stderr: '' });
  });

  test('a change is made, proved, looked at and put back; one that is not proved goes back', async () => {
    await using folder = await newFolder('none', await machine(path));
    const { at, broker, changes, file, make, tree } = folder;
    await writeFile(at('etc/main.conf'), 'first\n');
    await symlink('nowhere', at('etc/link'));
    const before = tree();
    await bring(broker, release(folder, 'release-0001'), null);
    const brought = tree();
    const links = [{ path: at('etc/certs/current'), target: 'release-0001' }];
    const files = [
      file('etc/main.conf', 'first\n', 'second\n'),
      file('etc/a/b/new.conf', null, 'n\n'),
    ];
    const first = await make(files, links);
    expect(await changes.waiting()).toMatchObject({ id: first.id, who: 'ann from here' });
    await expect(make(files)).rejects.toThrow('Another change to this broker waits');
    expect(await changes.putBack('waiting')).toMatchObject({ failed: [], served: false });
    await changes.settled();
    expect(tree()).toBe(brought);
    const second = await make(files, links);
    expect(await changes.hold(second.id, 90)).toBe(true);
    expect(await changes.confirm(second.id)).toEqual({ is: 'stays', words: '' });
    expect(await changes.confirm(first.id)).toMatchObject({ is: 'late' });
    await expect(make(files)).rejects.toThrow('was changed since the change to it was shown');
    await writeFile(at('etc/main.conf'), 'edited\n');
    expect((await lookBack(broker))?.later).toMatchObject([{ path: at('etc/main.conf') }]);
    const replay = await changes.putBack('all');
    await changes.settled();
    const kept = replay.later[0]?.kept ?? '';
    expect(await readFile(kept, 'utf8')).toBe('edited\n');
    await broker.host.run(['rm', kept]);
    expect(tree()).toBe(before);
    expect(await lookBack(broker)).toBe(null);
  });
});
