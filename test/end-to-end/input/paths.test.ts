import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ProgramResult, program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { makeClient, me, noSshd, startSshd } from '../../support/ssh/sshd.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// Where files land, from each place where a path is given, in each spelling. The user is in ~/work.
vi.setConfig({ testTimeout: 60_000 });

let home: Home;
let work: string;
beforeEach(async () => {
  home = await newHome();
  work = join(home.folder, 'work');
  mkdirSync(work);
});
afterEach(async () => {
  const named = readdirSync(home.folder, { recursive: true, encoding: 'utf8' });
  await home.remove();
  expect(named.filter((path) => path.split('/').some((name) => /^~/.test(name)))).toEqual([]);
});

type Environment = Record<string, string | undefined>;

/** Runs the program in a folder; nothing but the program itself looks at `~`. */
const runIn = (folder: string, words: string[], environment: Environment = {}) =>
  program(
    ['sh', '-c', 'cd "$1"; shift; exec "$@"', 'sh', folder, process.execPath, launcher, ...words],
    { env: { ...home.environment, ...environment }, timeoutSeconds: 60 },
  );
const run = (words: string[], environment?: Environment) => runIn(work, words, environment);

const good = ({ code, stderr }: ProgramResult) => expect(code, stderr).toBe(0);
const isAuthority = (folder: string) => existsSync(join(folder, 'root_ca.key'));
const at = (path: string) => join(home.folder, path);
const answersFile = (text: string) => writeFileSync(at('answers.yaml'), text);
const practice = ['--broker', 'practice'];

test.each([
  ['~/ca', 'ca'],
  ['ca', 'work/ca'],
  ['./sub/ca/', 'work/sub/ca'],
  ['../ca', 'ca'],
])('folders in an answers file, as %s', async (given, place) => {
  answersFile(`authority: {folder: "${given}"}
clients:
  - {name: a, folder: "${given}-a"}
  - {name: b, folder: "${at('b')}"}
  - {name: c}
`);
  const words = [...practice, '--answers', '~/answers.yaml'];
  good(await run(['run', ...words, '--through', 'distribute']));
  expect(isAuthority(at(place))).toBe(true);
  const folderOfA = at(given.endsWith('/') ? `${place}/-a` : `${place}-a`);
  for (const [name, folder] of [
    ['a', folderOfA],
    ['b', at('b')],
    ['c', join(home.site, 'clients/c')],
  ])
    expect(readdirSync(folder ?? '').sort()).toEqual([`${name}.crt`, `${name}.key`, 'root_ca.crt']);
  // From elsewhere, and without the file, it is the same set-up.
  const { stdout } = await runIn('/', ['answers', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    authority: { folder: at(place) },
    clients: [{ folder: folderOfA }, { folder: at('b') }, { name: 'c' }],
  });
});

test.each([
  'authority: {folder: "~bob/ca"}',
  'identity: "/k\\0"',
  'clients: [{name: a, folder: "a\\tb"}]',
])('a file with %j is refused whole', async (text) => {
  answersFile(`broker: practice\n${text}\n`);
  expectTold(await run(['run', '--answers', '../answers.yaml']), {
    code: 2,
    what: `The answers file ${at('answers.yaml')} has one fault.`,
    likely: 'A field is misspelt',
    next: 'nothing was done',
    detail: /line 2: \S+: .*(another user|control character)/,
  });
  expect(existsSync(join(home.site, 'authority'))).toBe(false);
});

test.each([
  [{ LOCKSTEP_HOME: '~/own' }, 'own/authority'],
  [{ LOCKSTEP_HOME: 'own' }, 'work/own/authority'],
  [{ LOCKSTEP_HOME: '../own/' }, 'own/authority'],
  [{ LOCKSTEP_HOME: undefined, HOME: 'h' }, 'work/h/.local/share/mqtt-lockstep/practice/authority'],
  [
    { LOCKSTEP_HOME: '', XDG_DATA_HOME: '~/data', XDG_STATE_HOME: 'state' },
    '.local/share/mqtt-lockstep/practice/authority',
  ],
])('the environment %j', async (environment, place) => {
  good(await run(['run', ...practice, '--through', 'authority'], environment));
  expect(isAuthority(at(place))).toBe(true);
  expect(existsSync(join(work, 'state'))).toBe(false);
});

test.each(['LOCKSTEP_HOME', 'HOME', 'LOCKSTEP_TRACE', 'XDG_STATE_HOME'])(
  'what is no path in %s is refused, and told',
  async (name) => {
    const value = name === 'XDG_STATE_HOME' ? '/a\nb' : '~bob/x';
    const environment = {
      ...(name === 'XDG_STATE_HOME' && { LOCKSTEP_HOME: undefined }),
      [name]: value,
    };
    expectTold(await run(['status', ...practice], environment), {
      code: 2,
      what: new RegExp(`^${name} ".*" cannot be used\\.$`),
      likely: /another user|control character/,
      next: 'Give a full path',
    });
  },
);

test('files that options and the environment name', async () => {
  writeFileSync(at('pass'), 'correct horse\n', { mode: 0o600 });
  const words = [...practice, '--passphrase-file=~/pass', '--through', 'authority'];
  good(await run(['run', ...words], { LOCKSTEP_TRACE: '~/trace' }));
  expect(readFileSync(join(home.site, 'authority/root_ca.key'), 'utf8')).toContain('ENCRYPTED');
  expect(existsSync(at('trace'))).toBe(true);
  const { stdout } = await run(['answers', '--json', '--identity', '~/k']);
  expect(JSON.parse(stdout).identity).toBe(at('k'));
  const secret = await run(['status', ...practice, '--password-file=ann@rock=../none']);
  expect(secret.stderr).toContain(`The file ${at('none')} with a secret cannot be read.`);
  const audit = await run(['audit', '--config=~/etc', '--broker-version', '2.0.11']);
  expect(audit.stderr).toContain(`The folder ${at('etc')} cannot be read.`);
});

test('what is typed in the guided session', async () => {
  const words = [launcher, ...practice, '--plain'];
  const options = { env: home.environment, cwd: work, limit: 20_000 };
  const terminal = new Terminal(process.execPath, words, options);
  const prompts = () => terminal.output().split('What now?').length - 1;
  const type = async (text: string) => {
    const before = prompts();
    terminal.type(text);
    await terminal.until(() => prompts() > before, 'another prompt');
  };
  try {
    await terminal.until(() => prompts() > 0, 'the first prompt');
    for (const line of ['\r', '\r', '\r']) await type(line);
    await terminal.seen('Make the authority');
    // All is kept but the last, which is the folder.
    await type(`2\r${'\r'.repeat(10)}~bob\r~/typed\r`);
    await terminal.seen('Give the full path.');
    await type('\r');
    await type('1\r');
    await terminal.seen('Go on to Certificates');
    expect(isAuthority(at('typed'))).toBe(true);
    terminal.type('q\r');
    await terminal.exit();
  } finally {
    await terminal.close();
  }
});

describe('what an earlier version has remembered', () => {
  const site = () => join(home.site, 'state/sites/practice.json');
  /** Makes an authority in a folder, and then has it remembered as if by an earlier version. */
  async function remembered(made: string, as: string): Promise<void> {
    answersFile(`authority: {folder: "${at(made)}"}\n`);
    good(
      await run(['run', ...practice, '--answers', at('answers.yaml'), '--through', 'authority']),
    );
    const json = JSON.parse(readFileSync(site(), 'utf8'));
    json.answers.authority.folder = as;
    writeFileSync(site(), JSON.stringify(json));
  }
  const folderNow = () => JSON.parse(readFileSync(site(), 'utf8')).answers.authority.folder;
  const through = ['run', '--through', 'authority'];

  test('as a relative folder is found where it was made, and whole from then on', async () => {
    await remembered('work/ca', 'ca');
    const elsewhere = await runIn('/', through);
    expectTold(elsewhere, {
      code: 1,
      what: 'There is no authority in /ca.',
      likely: 'remembered its folder as "ca" only',
      next: /To begin anew: mkdir -p -m 700 \/ca$/,
    });
    expect(existsSync('/ca')).toBe(false);
    good(await run(through));
    expect(folderNow()).toBe(at('work/ca'));
    good(await runIn('/', through));
    expect(isAuthority(at('work/ca'))).toBe(true);
  });

  test('as one in the home folder, which was taken for a folder named "~"', async () => {
    await remembered('work/ca', '~/ca');
    mkdirSync(join(work, '~'));
    renameSync(join(work, 'ca'), join(work, '~/ca'));
    const expected = {
      code: 1,
      what: `What belongs into ${at('ca')} is in ${join(work, '~/ca')}.`,
      likely: 'took "~" for the name of a folder',
    };
    // Also where the answers file says it again.
    answersFile('authority: {folder: "~/ca"}\n');
    for (const words of [through, [...through, ...practice, '--answers', '~/answers.yaml']]) {
      const told = await run(words);
      expectTold(told, { ...expected, next: /: mv '.*\/~\/ca' \S+$/ });
    }
    // Somewhere else it is not known where it is, and nothing is made anew.
    expectTold(await runIn('/', through), {
      code: 1,
      what: `There is no authority in ${at('ca')}.`,
      likely: 'remembered its folder as "~/ca" only',
      next: 'Find it (root_ca.key)',
    });
    expect(isAuthority(at('ca'))).toBe(false);
    const [, move = ''] = /: (mv .*)$/m.exec((await run(through)).stderr) ?? [];
    expect((await program(['sh', '-c', move])).code).toBe(0);
    renameSync(join(work, '~'), join(work, 'empty'));
    good(await run(through));
    expect(folderNow()).toBe(at('ca'));
  });

  test('as a folder of another user is not known, and another can be given', async () => {
    await remembered('work/ca', '~bob/ca');
    expectTold(await run(through), {
      code: 2,
      what: 'Where "~bob/ca" is (authority.folder) is not known any more.',
      likely: 'remembered by an earlier version',
      next: 'Give the full path in an answers file',
    });
    answersFile('authority: {folder: ca}\n');
    good(await run([...through, ...practice, '--answers', '../answers.yaml']));
    expect(folderNow()).toBe(at('work/ca'));
  });

  test('of LOCKSTEP_HOME, which was taken for a folder named "~"', async () => {
    mkdirSync(join(work, '~/own/state'), { recursive: true });
    expectTold(await run(['status'], { LOCKSTEP_HOME: '~/own' }), {
      code: 1,
      what: `What belongs into ${at('own')} is in ${join(work, '~/own')}.`,
      likely: 'took "~" for the name of a folder',
      next: `mv '${join(work, '~/own')}' ${at('own')}`,
    });
    expect(existsSync(at('own'))).toBe(false);
    renameSync(join(work, '~'), join(work, 'empty'));
  });
});

test.skipIf(noSshd)(
  'a folder on a client’s machine is of that machine (needs OpenSSH)',
  async () => {
    const client = await makeClient();
    const there = at('there');
    mkdirSync(there);
    const config = [`SetEnv HOME=${there}`];
    const sshd = await startSshd({ authorized: [`${client.key}.pub`], config });
    const host = `${me}@127.0.0.1:${sshd.port}`;
    answersFile(`clients:
  - {name: a, host: "${host}", folder: "~/x"}
  - {name: b, host: "${host}", folder: y/z}
  - {name: c, host: "${host}"}
  - {name: d, host: "${host}", folder: "${at('abs')}"}
`);
    const words = [...practice, '--identity', client.key, '--accept-new-host-key', '--answers'];
    good(await run(['run', ...words, '../answers.yaml', '--through', 'distribute']));
    for (const [name, folder] of Object.entries({
      a: 'there/x',
      b: 'there/y/z',
      c: 'there/c',
      d: 'abs',
    }))
      expect(readdirSync(at(folder)).sort()).toEqual([`${name}.crt`, `${name}.key`, 'root_ca.crt']);
  },
);
