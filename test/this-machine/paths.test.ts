import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notWhole, pathFaults, withWholePaths } from '../../src/steps/answers/answer-paths.ts';
import { answersSchema } from '../../src/steps/answers/answers.ts';
import { accountOf } from '../../src/this-machine/account.ts';
import { absolutePath, pathProblem, pathThere } from '../../src/this-machine/paths.ts';
import { placesFor } from '../../src/this-machine/places.ts';

const from = { folder: '/work/here', home: '/home/ann' };
const word = fc.constantFrom('~', '~ann', '.', '..', 'a', '-b', 'ü ~', '$x', '*', '');
const anyPath = fc
  .tuple(fc.constantFrom('', '/', '~/', './'), fc.array(word, { maxLength: 4 }))
  .map(([begin, words]) => begin + words.join('/'));
const good = anyPath.filter((path) => pathProblem(path) === null);

describe('a path on this machine', () => {
  test('is absolute, and stays as it is when it is taken in again', () => {
    fc.assert(
      fc.property(good, (path) => {
        const taken = absolutePath(path, from, 'it');
        expect(isAbsolute(taken)).toBe(true);
        expect(absolutePath(taken, { folder: '/', home: '/' }, 'it')).toBe(taken);
      }),
    );
  });

  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'lockstep-paths-'));
    mkdirSync(join(root, 'here'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('is what a shell makes of it', () => {
    const [folder, home] = [join(root, 'here'), '/home/ann'];
    const spellings = [
      '~',
      '~/',
      '~/x',
      '~//x/../y',
      'x',
      './~',
      'x/~',
      '..',
      '../x',
      '/x//',
      '~/~',
    ];
    const shell = execFileSync('sh', ['-c', `realpath -ms -- ${spellings.join(' ')}`], {
      cwd: folder,
      env: { ...process.env, HOME: home },
      encoding: 'utf8',
    });
    const taken = spellings.map((path) => absolutePath(path, { folder, home }, 'it'));
    expect(taken).toEqual(shell.trimEnd().split('\n'));
  });

  test.each([
    ['~bob', 'another user'],
    ['~bob/x', 'another user'],
    ['~+/x', 'another user'],
    ['a\0b', 'control'],
    ['/a\n', 'control'],
    ['~/a\tb', 'control'],
    ['a\u009b', 'control'],
    ['a\u007f', 'control'],
    ['', 'no path'],
  ])('%j is refused whole, and named', (path, why) => {
    const refused = expect.objectContaining({ exitCode: 2, likely: expect.stringContaining(why) });
    expect(() => absolutePath(path, from, '--identity')).toThrow(refused);
    expect(() => absolutePath(path, from, '--identity')).toThrow(/^--identity ".*" cannot be used/);
  });

  test('that counts from what is not known is refused, others are not', () => {
    const nowhere = { folder: '', home: '' };
    expect(() => absolutePath('x', nowhere, 'it')).toThrow('it "x" cannot be used.');
    expect(() => absolutePath('~/x', nowhere, 'it')).toThrow('it "~/x" cannot be used.');
    expect(absolutePath('/x', nowhere, 'it')).toBe('/x');
    expect(absolutePath('~/x', { ...from, folder: '' }, 'it')).toBe('/home/ann/x');
  });
});

test.each([
  ['/srv/x/', '/srv/x'],
  ['/', '/'],
  ['~', '~'],
  ['~/', '~'],
  ['~/x/', '~/x'],
  ['~//x', '~/x'],
  ['x', '~/x'],
  ['./x', '~/x'],
  ['./~x', '~/~x'],
  ['.', '~'],
  ['../x', '~/../x'],
])('%j on another machine is %j', (given, there) => {
  expect(pathThere(given)).toBe(there);
  expect(pathThere(there)).toBe(there);
});

test('any path on another machine is from its root or its home folder, and stays so', () => {
  fc.assert(
    fc.property(good, (path) => {
      const there = pathThere(path);
      expect(there).toMatch(/^(\/|~$|~\/[^/])/);
      expect(pathThere(there)).toBe(there);
    }),
  );
});

describe('the answers', () => {
  const given = (path: string) =>
    answersSchema.parse({
      identity: path,
      authority: { folder: path },
      clients: [
        { name: 'a', folder: path },
        { name: 'b', host: 'pi@b', folder: path },
        { name: 'c' },
      ],
    });

  test('have each path whole, those of a client by its machine', () => {
    const { identity, authority, clients } = withWholePaths(given('~/x'), from);
    const here = '/home/ann/x';
    expect([identity, authority.folder]).toEqual([here, here]);
    expect(clients.map(({ folder }) => folder)).toEqual([here, '~/x', undefined]);
  });

  test('have no path that is not whole, unless there is something wrong with it', () => {
    fc.assert(
      fc.property(
        anyPath.filter((path) => path !== ''),
        (path) => {
          const whole = withWholePaths(given(path), from);
          const faults = pathFaults(given(path));
          expect(notWhole(whole) === null).toBe(faults.length === 0);
          expect(withWholePaths(whole, { folder: '/', home: '/' })).toEqual(
            faults.length === 0 ? whole : given(path),
          );
        },
      ),
    );
  });

  test('keep a path that counts from what is not known', () => {
    const whole = withWholePaths(given('x'), { ...from, folder: '' });
    expect(notWhole(whole)).toEqual({ field: 'identity', path: 'x' });
  });
});

describe('the places of a user', () => {
  const places = (environment: Record<string, string>, home = from.home) =>
    placesFor(environment, { ...from, home }, false);

  test.each([
    ['/site', '/site/state'],
    ['~/site', '/home/ann/site/state'],
    ['site', '/work/here/site/state'],
    ['', '/home/ann/.local/state/mqtt-lockstep'],
  ])('with LOCKSTEP_HOME=%j', (site, state) => {
    expect(places({ LOCKSTEP_HOME: site }).state).toBe(state);
  });

  test('with folders of XDG: those that are not absolute do not count', () => {
    const { state, authority } = places({ XDG_STATE_HOME: '~/s', XDG_DATA_HOME: '/d' });
    expect(state).toBe('/home/ann/.local/state/mqtt-lockstep');
    expect(authority).toBe('/d/mqtt-lockstep/authority');
    expect(() => places({ XDG_DATA_HOME: '/d\n' })).toThrow(/^XDG_DATA_HOME ".*" cannot be used/);
  });

  test('without a home folder', () => {
    expect(() => places({}, '')).toThrow('Which folder is the home folder is not known here.');
    expect(places({ LOCKSTEP_HOME: '/site' }, '').clients).toBe('/site/clients');
  });
});

describe('an account', () => {
  const ann = { username: 'ann', homedir: '/home/ann' };
  test.each([
    [{}, ann, 'ann', '/home/ann'],
    [{ HOME: '' }, ann, 'ann', '/home/ann'],
    [{ HOME: '/other/' }, ann, 'ann', '/other'],
    [{ HOME: '~' }, ann, 'ann', '/home/ann'],
    [{ HOME: 'sub' }, ann, 'ann', '/work/here/sub'],
    [{ HOME: '/h', USER: 'u' }, null, 'u', '/h'],
    [{}, null, 'somebody without an account', ''],
  ])('with %j and the record %j', (environment, record, user, home) => {
    expect(accountOf(environment, record, from)).toEqual({
      user,
      home,
      accountHome: record?.homedir ?? '',
    });
  });
});
