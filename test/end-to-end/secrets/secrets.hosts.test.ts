import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import { type Watched, watched } from '../../support/observe/watched.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// One set-up and its undoing, with every kind of secret there is, watched by other processes.
onHosts('the secrets of a run', limit, () => {
  let host: TestHost;
  let home: Home;
  let seen: Watched;
  let said = '';
  /** By what it is. Keys by one line of their bytes, as they stand in the file. */
  let secrets: Map<string, string>;
  const passphrase = 'open the Door 4711';

  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
    home = await newHome();
    const how = await reaching(host, home);
    const locked = join(home.folder, 'locked');
    await writeFile(locked, await readFile(host.ssh.keyFile), { mode: 0o600 });
    const lock = ['ssh-keygen', '-q', '-p', '-P', '', '-N', passphrase, '-f', locked];
    expect(await program(lock)).toMatchObject({ code: 0 });
    how[how.indexOf('--identity') + 1] = locked;
    const file = async (name: string, text: string) => {
      await writeFile(join(home.folder, name), text, { mode: 0o600 });
      return join(home.folder, name);
    };
    const shed = `  - { name: shed, host: radxa@${host.address} }`;
    const answers = `authority: { passphrase: ask }\nclients:\n  - { name: client01 }\n${shed}\n`;
    how.push('--passphrase-file', await file('passphrase', `${passphrase}\n`));
    how.push('--answers', await file('answers.yaml', answers));
    const run = async (...words: string[]) => {
      const { code, stdout, stderr } = await home.run(...words);
      said += stdout + stderr;
      return { code, stderr };
    };
    seen = await watched(host, [home.folder], async () => {
      // Things go wrong, too, and are told about.
      const wrong = how.with(how.indexOf('--passphrase-file') + 1, how.at(5) ?? '');
      expect((await run('run', ...wrong)).code).not.toBe(0);
      const mistaken = await file('mistaken', passphrase);
      expect(await run('run', ...how, '--answers', mistaken)).toMatchObject({ code: 2 });
      expect(await run('run', ...how)).toMatchObject({ code: 0 });
      secrets = new Map([
        ['the password of sudo', host.ssh.password],
        ['the passphrase', passphrase],
        ['the key for SSH', await lineOf(host.ssh.keyFile)],
      ]);
      for (const name of ['root_ca', host.address, 'client01', 'shed'])
        secrets.set(
          `the key of ${name}`,
          await lineOf(join(home.site, 'authority', `${name}.key`)),
        );
      expect(await run('status', ...how)).toMatchObject({ code: 0 });
      expect(await run('undo', ...how)).toMatchObject({ code: 0 });
    });
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  /** A line in the middle of a key: nothing in it is the same in any two keys. */
  const lineOf = async (path: string) => (await readFile(path, 'utf8')).split('\n')[2] ?? '';
  const found = (text: string) =>
    [...secrets].flatMap(([what, secret]) => (text.includes(secret) ? [what] : []));

  test('no private key could be read by others for an instant, here or there', () => {
    expect(seen.exposed).toEqual([]);
    expect(seen.files.rounds).toBeGreaterThan(50);
    expect(seen.files.keys).toBeGreaterThan(seen.files.rounds);
  });

  test('are in no argument and no environment of any process, here or there', () => {
    // What is looked through has our programs in it, those under sudo on the host among them.
    expect(seen.processes).toMatch(/^cmdline [^\n]*lockstep-home/m);
    expect(seen.processes).toMatch(/^cmdline sudo\0-k\0-S\0/m);
    expect(seen.processes).toMatch(/^environ .*SUDO_COMMAND=/m);
    expect(found(seen.processes)).toEqual([]);
  });

  test('are not in what is printed, also when something goes wrong', () => {
    expect(said).toContain('Secured');
    expect(said).toContain('Likely: ');
    expect(found(said)).toEqual([]);
  });

  test('are in no file of the host, its logs included, but for the key of its client', async () => {
    // Otherwise the search itself would be in the host's process list, and in its log.
    const input = [...secrets.values(), ''].join('\n');
    const skip = ['proc', 'sys', 'dev'].map((name) => `--exclude-dir=${name}`);
    const files = await host.exec(['grep', '-rlaF', '-f', '-', ...skip, '/'], { input });
    expect(files.stdout).toBe('/home/radxa/shed/shed.key\n');
    const log = await host.succeed(['journalctl', '--no-pager', '-o', 'export']);
    expect(log).toContain('lockstep');
    expect(found(log)).toEqual([]);
  });

  test('are here only where they belong: each key in its file, nothing else anywhere', async () => {
    const names = await readdir(home.site, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const holding = await Promise.all(
      files.map(async (path) => [
        path.slice(home.site.length),
        found(await readFile(path, 'latin1')),
      ]),
    );
    expect(holding.filter(([, what]) => what?.length).sort()).toEqual(
      [
        ...['client01', host.address, 'root_ca', 'shed'].map((name) => [
          `/authority/${name}.key`,
          [`the key of ${name}`],
        ]),
        ['/clients/client01/client01.key', ['the key of client01']],
      ].sort(),
    );
  });

  test('are not echoed where there are no screens, either', async () => {
    const where = ['--broker', `radxa@${host.address}`, '--identity', host.ssh.keyFile];
    const key = ['--accept-host-key', host.ssh.fingerprints['ssh-ed25519'] ?? ''];
    const argv = [launcher, '--plain', ...where, ...key];
    const plain = new Terminal(process.execPath, argv, { env: home.environment, limit: 30_000 });
    try {
      await plain.seen(/sudo password/);
      await plain.seen(/Type it/);
      plain.type(`${host.ssh.password}\r`);
      await plain.seen('What now?');
      expect(plain.output()).not.toContain(host.ssh.password);
    } finally {
      await plain.close();
    }
  });
});
