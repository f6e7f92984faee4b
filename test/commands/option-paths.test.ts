import { expect, test } from 'vitest';
import type { Options } from '../../src/commands/options.ts';
import { type Actions, lockstepProgram } from '../../src/commands/program.ts';

const from = { folder: '/work/here', home: '/home/ann' };
const silent = { writeOut: () => {}, writeErr: () => {} };

/** What a command is given for an option. */
async function taken(command: string, flag: string, value: string): Promise<unknown> {
  const given: Options[] = [];
  const take = async (options: Options) => void given.push(options);
  const names = ['guided', 'run', 'status', 'verify', 'undo', 'answers', 'audit'];
  const actions = Object.fromEntries(names.map((name) => [name, take]));
  const program = lockstepProgram('0.0.0', silent, actions as unknown as Actions, from);
  await program.parseAsync([...(command === '' ? [] : [command]), `${flag}=${value}`], {
    from: 'user',
  });
  const name = flag.slice(2).replace(/-./g, (dash) => dash.charAt(1).toUpperCase());
  return given[0]?.[name as keyof Options];
}

/** Each option of each command that names a file or a folder, as the program itself says. */
const program = lockstepProgram('0.0.0', silent, {} as Actions, from);
const options = [program, ...program.commands].flatMap((command) =>
  command.options
    .filter(({ flags }) => /<(file|folder)>/.test(flags))
    .map(({ long }) => ({ command: command === program ? '' : command.name(), flag: long ?? '' })),
);

test('there are some, everywhere', () => {
  expect(new Set(options.map(({ flag }) => flag))).toEqual(
    new Set([
      ...['--identity', '--answers', '--password-file', '--sudo-password-file'],
      ...['--passphrase-file', '--config'],
    ]),
  );
  expect(options.length).toBe(5 * 7 + 1);
});

test.each(options)('$command takes a path with $flag as its user means it', async (one) => {
  const { command, flag } = one;
  const all = /password-file$/.test(flag) ? (path: string) => [path] : (path: string) => path;
  for (const [given, path] of [
    ['~/x', '/home/ann/x'],
    ['~', '/home/ann'],
    ['x', '/work/here/x'],
    ['../x/', '/work/x'],
    ['/x', '/x'],
  ] as const)
    expect(await taken(command, flag, given)).toEqual(all(path));
  for (const given of ['~bob/x', '~bob', '/x\n', ''])
    await expect(taken(command, flag, given), given).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(new RegExp(`^${flag} ".*" cannot be used\\.$`)),
    });
});

test.each([
  ['ann@rock=~/x', 'ann@rock=/home/ann/x'],
  ['ann@rock=x', 'ann@rock=/work/here/x'],
  ['./ann@rock=x', '/work/here/ann@rock=x'],
  ['~/a@b=c', '/home/ann/a@b=c'],
])('a password file for a login, %s', async (given, path) => {
  expect(await taken('run', '--password-file', given)).toEqual([path]);
  expect(await taken('run', '--sudo-password-file', given)).toEqual([path]);
});
