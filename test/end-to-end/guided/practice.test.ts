import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program as find } from '../../support/brokers/scripted-broker.ts';
import { program } from '../../support/hosts/program.ts';
import { everything, nothingRuns } from '../../support/program/left-halfway.ts';
import { events, type Home, launcher, newHome } from '../../support/program/lockstep.ts';

let home: Home;
beforeEach(async () => {
  home = await newHome();
});
afterEach(async () => {
  await nothingRuns(home);
  await home.remove();
});

const result = (stdout: string) => events(stdout).at(-1)?.result;
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('where things are', () => {
  /** Runs it without LOCKSTEP_HOME, with more environment. */
  const run = (more: Record<string, string>, ...words: string[]) => {
    const { LOCKSTEP_HOME: _, ...environment } = home.environment;
    return program([process.execPath, launcher, ...words], {
      env: { ...environment, LOCKSTEP_HOME: undefined, ...more },
    });
  };

  test('in an empty home: the XDG folders, and nothing in the home itself', async () => {
    const first = await run({}, 'run', '--broker', 'practice', '--json');
    expect(result(first.stdout), first.stderr).toBe('secured');
    expect(readdirSync(home.folder)).toEqual(['.local']);
    const data = join(home.folder, '.local/share/mqtt-lockstep');
    expect(readdirSync(data)).toEqual(['practice']);
    expect(readdirSync(join(data, 'practice')).sort()).toEqual(['authority', 'broker', 'clients']);
    expect(readdirSync(join(home.folder, '.local/state/mqtt-lockstep'))).toContain('sites');
    expect((await run({}, 'verify')).code).toBe(0);
  });

  test('where XDG says otherwise; a path that is not absolute does not count', async () => {
    const data = join(home.folder, 'data');
    const environment = { XDG_DATA_HOME: data, XDG_STATE_HOME: 'relative/state' };
    const first = await run(environment, 'run', '--broker', 'practice', '--json');
    expect(result(first.stdout), first.stderr).toBe('secured');
    expect(existsSync(join(data, 'mqtt-lockstep/practice/authority/root_ca.key'))).toBe(true);
    expect(readdirSync(home.folder).sort()).toEqual(['.local', 'data']);
    expect(readdirSync(join(home.folder, '.local'))).toEqual(['state']);
  });

  test('all in LOCKSTEP_HOME, as the contract has it', async () => {
    const { site } = home;
    await home.run('run', '--broker', 'practice', '--client', 'sensor-1', '--client', 'sensor-2');
    expect(readdirSync(home.folder)).toEqual(['lockstep']);
    expect(readdirSync(site).sort()).toEqual(['authority', 'clients', 'practice', 'state']);
    const authority = join(site, 'authority');
    expect(readdirSync(authority)).toEqual(expect.arrayContaining(['root_ca.crt', 'root_ca.key']));
    expect([mode(authority), mode(join(authority, 'root_ca.key'))]).toEqual(['700', '600']);
    expect(readdirSync(join(site, 'clients')).sort()).toEqual(['sensor-1', 'sensor-2']);
    for (const name of ['sensor-1', 'sensor-2']) {
      const folder = join(site, 'clients', name);
      const names = [`${name}.crt`, `${name}.key`, 'root_ca.crt'].sort();
      expect(readdirSync(folder).sort()).toEqual(names);
      expect([mode(folder), mode(join(folder, `${name}.key`))]).toEqual(['700', '600']);
      expect(readFileSync(join(folder, 'root_ca.crt'))).toEqual(
        readFileSync(join(authority, 'root_ca.crt')),
      );
    }
    // Only what everybody may have is not the owner's alone.
    for (const path of everything(site)) {
      if (/\.key$/.test(path)) expect(mode(path), path).toBe('600');
    }
  });
});

const setpriv = find('setpriv');
const isRoot = process.getuid?.() === 0;

describe('without being root', () => {
  test.skipIf(isRoot && !setpriv)(
    'a nobody with a folder of their own needs no more',
    async (context) => {
      // As root: really as somebody else; otherwise as whoever runs this.
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
      const as = isRoot ? [setpriv ?? '', ...nobody] : [];
      const readable = await program([...as, process.execPath, '--check', launcher]);
      if (readable.code !== 0) return context.skip('this checkout is closed to other users');
      const folder = join(home.folder, 'theirs');
      mkdirSync(folder);
      if (isRoot) {
        chmodSync(home.folder, 0o755);
        await program(['chown', '65534:65534', folder]);
      }
      const env = {
        ...home.environment,
        HOME: folder,
        LOCKSTEP_HOME: join(folder, 'lockstep'),
        TMPDIR: folder,
      };
      const run = (...words: string[]) =>
        program([...as, process.execPath, launcher, ...words], { env });
      const first = await run('run', '--broker', 'practice', '--json');
      expect(result(first.stdout), first.stderr).toBe('secured');
      expect(first.code).toBe(0);
      expect((await run('verify')).code).toBe(0);
      expect((await run('status')).code).toBe(0);
      expect((await run('undo')).code).toBe(0);
      expect(result((await run('run', '--json')).stdout)).toBe('secured');
      if (isRoot)
        for (const path of everything(folder)) expect(lstatSync(path).uid, path).toBe(65534);
    },
  );
});

test('--dry-run changes nothing, or is refused', async () => {
  await using home = await newHome();
  expect((await home.run('run', '--broker', 'practice')).code).toBe(0);
  const access = join(home.site, 'practice/etc/mosquitto/conf.d/access.conf');
  const secured = readFileSync(access, 'utf8');
  // The broker for practice writes beside it whenever it runs.
  const folders = ['practice/etc', 'authority', 'clients'].map((name) => join(home.site, name));
  const contents = () => folders.flatMap((folder) => everything(folder)).sort();
  const before = contents();
  for (const command of ['undo', 'run', 'status', 'verify', 'audit', 'answers']) {
    const { code, stderr } = await home.run(command, '--dry-run');
    expect([command, code, stderr]).toEqual([command, 0, '']);
    expect(readFileSync(access, 'utf8'), command).toBe(secured);
    expect(contents(), command).toEqual(before);
  }
  expect((await home.run('undo', '--dry-run')).stdout).toMatch(/^to put back {2}.*access\.conf$/m);
  const guided = await home.run('--plain', '--dry-run');
  expect([guided.code, guided.stdout]).toEqual([2, '']);
  expect((await home.run('undo')).stdout).toMatch(/^put back {2}.*access\.conf$/m);
});

describe('the answers', () => {
  test('of one set-up make the same one elsewhere', async () => {
    const options = ['--client', 'sensor-1', '--name', 'localhost', '--name', '127.0.0.1'];
    await home.run('run', '--broker', 'practice', ...options);
    const printed = await home.run('answers');
    expect(printed.code).toBe(0);
    expect(printed.stdout).not.toContain('PRIVATE');
    const elsewhere = await newHome();
    const file = join(elsewhere.folder, 'answers.yaml');
    await program(['sh', '-c', 'cat > "$1"', 'sh', file], { input: printed.stdout });
    const second = await elsewhere.run('run', '--answers', file, '--json');
    expect(result(second.stdout), second.stderr).toBe('secured');
    // But for the ports, which are the practice broker's own.
    const again = await elsewhere.run('answers');
    const without = (text: string) => text.replace(/(plain|tls): \d+/g, '');
    expect(without(again.stdout)).toBe(without(printed.stdout));
    expect(readdirSync(join(elsewhere.site, 'clients'))).toEqual(['sensor-1']);
    expect(result((await elsewhere.run('run', '--answers', file, '--json')).stdout)).toBe(
      'unchanged',
    );
    await nothingRuns(elsewhere);
    await elsewhere.remove();
  });
});

test('names in any spelling are signed, proved and told in their normal form', async () => {
  const typed = ['Bücher.Example.', 'xn--bcher-kva.example', 'FD00:141:0::2', '::ffff:127.0.0.1'];
  const run = await home.run(
    'run',
    '--broker',
    'practice',
    ...typed.flatMap((one) => ['--name', one]),
  );
  expect(run).toMatchObject({ code: 0 });
  const letters = 'xn--bcher-kva.example (bücher.example)';
  expect(run.stdout).toContain(
    `the certificate of the broker, for ${letters}, fd00:141::2, 127.0.0.1\n`,
  );
  expect(run.stdout).toContain(`A strict client that calls the broker ${letters}`);
  const { checks } = JSON.parse((await home.run('verify', '--json')).stdout);
  const proved = ['xn--bcher-kva.example', 'fd00:141::2', '127.0.0.1'];
  expect(checks.filter(({ id }: { id: string }) => id.startsWith('name:'))).toMatchObject(
    proved.map((name) => ({ id: `name:${name}`, pass: true })),
  );
  // What could not be proved is refused at once, and leaves nothing behind.
  const refused = await home.run('run', '--broker', 'practice', '--name', '*.example');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('A wildcard');
});

describe('beginning anew', () => {
  const conf = () =>
    readFileSync(join(home.site, 'practice/etc/mosquitto/conf.d/access.conf'), 'utf8');

  test('makes the practice broker as open as it was, and keeps the authority', async () => {
    await home.run('run', '--broker', 'practice', '--through', 'inspect');
    const open = conf();
    await home.run('run', '--broker', 'practice');
    const root = readFileSync(join(home.site, 'authority/root_ca.crt'), 'utf8');
    expect(conf()).not.toBe(open);
    const anew = await home.run('run', '--reset', '--through', 'anonymous', '--json');
    expect(anew.code, anew.stderr).toBe(0);
    const seen = events(anew.stdout).find(({ id }) => id === 'anonymous');
    expect(seen).toMatchObject({ expect: 'accepted', observed: 'accepted' });
    expect(conf()).toBe(open);
    const status = JSON.parse((await home.run('status', '--json')).stdout);
    expect(status.steps.map((step: { status: string }) => step.status)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'todo',
      'todo',
      'todo',
    ]);
    const again = await home.run('run', '--json');
    expect(result(again.stdout)).toBe('secured');
    expect(readFileSync(join(home.site, 'authority/root_ca.crt'), 'utf8')).toBe(root);
  });

  test('mends a practice broker that does not start any more', async () => {
    await home.run('run', '--broker', 'practice');
    const path = join(home.site, 'practice/etc/mosquitto/conf.d/access.conf');
    await program(['sh', '-c', 'echo nonsense true >> "$1"', 'sh', path]);
    const broken = await home.run('run', '--broker', 'practice', '--json');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('nonsense');
    const anew = await home.run('run', '--broker', 'practice', '--reset', '--json');
    expect(result(anew.stdout), anew.stderr).toBe('secured');
  });

  test.each([
    [['run', '--reset', '--broker', 'local'], 'Only the practice broker'],
    [['run', '--reset', '--broker', 'pi@rock-4se'], 'Only the practice broker'],
    [['run', '--reset', '--dry-run'], 'cannot be used with'],
    [['--reset', 'status'], 'begins nothing anew'],
    [['undo', '--reset'], 'begins nothing anew'],
  ])('%j is refused', async (words, why) => {
    const { code, stderr, stdout } = await home.run(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stdout).toBe('');
    expect(existsSync(join(home.site, 'practice'))).toBe(false);
  });
});
