import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examples, exitCodes } from '../../src/commands/help.ts';
import { type Actions, lockstepProgram } from '../../src/commands/program.ts';

const from = { folder: '/work/here', home: '/home/ann' };

/** What came of these words: the command that was called, or what was written instead. */
async function given(...words: string[]) {
  const called: string[] = [];
  const note = (name: string) => async () => void called.push(name);
  const names = ['guided', 'run', 'status', 'verify', 'undo', 'answers', 'audit', 'completion'];
  const actions = Object.fromEntries(names.map((name) => [name, note(name)]));
  const [out, err]: string[][] = [[], []];
  const output = {
    writeOut: (text: string) => void out?.push(text),
    writeErr: (text: string) => void err?.push(text),
  };
  const program = lockstepProgram('0.0.0', output, actions as unknown as Actions, from);
  const code = await program.parseAsync(words, { from: 'user' }).then(
    () => 0,
    (error) => error.exitCode as number,
  );
  return { called, out: out?.join('') ?? '', err: err?.join('') ?? '', code, program };
}

const everyCommand = ({ commands }: Command) => commands.map((each) => each.name());

test.each([
  [['statsu'], /^error: unknown command 'statsu'\n\(Did you mean status\?\)/],
  [['rnu'], /Did you mean run\?/],
  [['verfy', '--json'], /Did you mean verify\?/],
  [['rum', '--through', 'harden'], /unknown command 'rum'\n\(Did you mean run\?\)/],
  [['--broker', 'pi@rock-4se', 'statsu'], /Did you mean status\?/],
  [['--plian'], /unknown option '--plian'\n\(Did you mean --plain\?\)/],
  [['run', '--throuhg', 'harden'], /Did you mean --through\?/],
  [['something'], /^error: unknown command 'something'\n\(More with --help\.\)/],
  [
    ['help', 'statsu'],
    /^There is no command "statsu"\. Did you mean "lockstep help status"\?\n\(More/,
  ],
  [['help', 'rnu'], /Did you mean "lockstep help run"\?/],
  [['help', 'Audit'], /Did you mean "lockstep help audit"\?/],
  [['help', 'something'], /^There is no command "something"\. There are run, .* and help\.\n/],
  [['help', 'u'], /^There is no command "u"\. There are run, /],
  [['completion', 'tcsh'], /^Words are completed in bash, zsh and fish, not in "tcsh"\.\n/],
  [['completion', 'bsah'], /^There is no shell "bsah"\. Did you mean "lockstep completion bash"\?/],
  [['completion', 'fihs'], /Did you mean "lockstep completion fish"\?/],
  [['run', '--name', '*.lan'], /'\*\.lan' is invalid\. A wildcard .* It is a host name such as/],
  [['run', '--name', '010.0.0.1'], /no zero before them/],
  [['run', 'extra'], /too many arguments for 'run'/],
])('%j is told as what it is, and calls nothing', async (words, told) => {
  const { called, out, err, code } = await given(...words);
  expect({ called, out, failed: code > 0 }).toEqual({ called: [], out: '', failed: true });
  expect(err).toMatch(told);
});

test.each(['--dry-run', '--json'])(
  'the guided session refuses %s, and names what takes it',
  async (option) => {
    const { called, code } = await given('--broker', 'practice', option).catch((trouble) => {
      expect(trouble).toMatchObject({ exitCode: 2 });
      expect(trouble.next).toContain(`"lockstep run ${option}"`);
      return { called: [], code: 2 };
    });
    expect({ called, code }).toEqual({ called: [], code: 2 });
  },
);

test('help says of each command what --help says, with examples', async () => {
  const { program } = await given('answers');
  for (const name of everyCommand(program)) {
    const [help, option] = await Promise.all([given('help', name), given(name, '--help')]);
    expect(help.out, name).toBe(option.out);
    expect([help.code, help.err, option.code]).toEqual([0, '', 0]);
    if (name !== 'help') expect(help.out).toContain('\nExamples:\n');
  }
});

test('the help of the completion says what is completed, and what cannot be', async () => {
  const { out } = await given('completion', '--help');
  expect(out).toContain('eval "$(lockstep completion bash)"');
  expect(out).toMatch(/behind lockstep, which has to be on the path/);
  expect(out).toMatch(/behind npx cannot be completed/);
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('the help of the program names every command and exit code', async () => {
  const [help, option] = await Promise.all([given('help'), given('--help')]);
  expect(help.out).toBe(option.out);
  expect(help.out).toContain(exitCodes);
  for (const name of everyCommand(help.program))
    expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
  for (const line of help.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test.each(
  Object.entries(examples).flatMap(([name, lines]) => lines.map(([line]) => [name, line] as const)),
)('of %s, the example %s is taken', async (name, line) => {
  const [, words = ''] = /lockstep ?([^>|")]*)/.exec(line) ?? [];
  const { called, out, err } = await given(...words.split(' ').filter(Boolean));
  if (words.startsWith('help')) expect(out).toContain('Usage: lockstep run');
  else expect({ called, err }).toEqual({ called: [expect.any(String)], err: '' });
  if (name !== 'lockstep') expect(called).toEqual([name]);
});
