import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, known } from '../../src/commands/completion/completion.ts';
import { type Actions, lockstepProgram, type Shell, shells } from '../../src/commands/program.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { program as find } from '../support/brokers/scripted-broker.ts';
import { startTerminal } from '../support/terminal/terminal.ts';

const none = { writeOut: () => {}, writeErr: () => {} };
const program = lockstepProgram('0.0.0', none, {} as Actions, { folder: '/', home: '/root' });
const commands = known(program);
const ofCommand = (name: string) => commands.find((each) => each.name === name);
const optionsOf = (name: string) =>
  (ofCommand(name)?.options.flatMap(({ names }) => names) ?? []).sort();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  for (const shell of shells) writeFileSync(join(folder, shell), completion(program, shell));
  writeFileSync(join(folder, 'with blank.key'), '');
  mkdirSync(join(folder, 'etc'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const inFolder = (file: string, ...words: string[]): string =>
  execFileSync(file, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** What bash offers for the last of these words; it asks the function as it would itself. */
function bash(...words: string[]): string[] {
  const script = `compopt() { :; }; . ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lockstep
    [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(inFolder('bash', '--norc', '-c', script, 'bash', ...words));
}

/** What fish offers. */
function fish(...words: string[]): string[] {
  const script = 'source ./fish; complete -C (string join " " -- $argv)';
  const out = inFolder('fish', '--no-config', '-c', script, ...words);
  return lines(out).map((line) => line.split('\t', 1)[0] ?? '');
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort();

/** Where every test is to be run, a shell that is missing is a failure. */
const all = process.env.LOCKSTEP_TEST_ALL === '1';

const asking: Partial<Record<Shell, (...words: string[]) => string[]>> = { bash, fish };

describe.each(['bash', 'fish'] as const)('%s', (shell) => {
  const ask = (...words: string[]) => asking[shell]?.(...words) ?? [];
  const there = find(shell) !== null || all;

  test.skipIf(!there)('offers every command, and no other', () => {
    const names = commands.map(({ name }) => name).filter(Boolean);
    expect(ask('lockstep', '')).toEqual(expect.arrayContaining(names));
    expect(ask('lockstep', 'sta')).toEqual(['status']);
    expect(ask('lockstep', '--broker', 'pi@rock-4se', 'ver')).toEqual(['verify']);
    expect(ask('lockstep', 'status', 'ver')).toEqual([]);
  });

  test.skipIf(!there).each(commands.map(({ name }) => [name]))(
    'offers every option of "%s", and no other',
    (name) => {
      const before = ['lockstep', ...(name ? [name] : [])];
      const long = optionsOf(name).filter((option) => option.startsWith('--'));
      expect(ask(...before, '--')).toEqual(long);
      expect(ask(...before, '-')).toEqual(expect.arrayContaining(optionsOf(name)));
    },
  );

  test.skipIf(!there)('offers what an option takes', () => {
    expect(ask('lockstep', 'run', '--through', '')).toEqual([...stepIds].sort());
    expect(ask('lockstep', 'run', '--through', 'ha')).toEqual(['harden']);
    expect(ask('lockstep', 'run', '--identity', 'with')).toEqual(['with blank.key']);
    expect(ask('lockstep', 'audit', '--config', 'e')).toEqual([expect.stringMatching(/^etc\/?$/)]);
    expect(ask('lockstep', 'audit', '--config', 'w')).toEqual([]);
    expect(ask('lockstep', 'run', '--client', '')).toEqual([]);
  });

  test.skipIf(!there)('offers what a command takes', () => {
    expect(ask('lockstep', 'completion', '')).toEqual([...shells].sort());
    expect(ask('lockstep', 'help', 'ru')).toEqual(['run']);
  });
});

/** Presses Tab in a real shell. */
describe.each([
  ['bash', ['--norc', '--noprofile', '-i'], '. ./bash'],
  ['zsh', ['-f', '-i'], 'autoload -Uz compinit; compinit -u -D; . ./zsh'],
  ['fish', ['--no-config', '-i'], 'source ./fish'],
] as const)('a person at %s', (shell, words, load) => {
  const path = find(shell);

  test.skipIf(path === null && !all)('has words completed by Tab', async () => {
    await using ended = new AsyncDisposableStack();
    const terminal = startTerminal(path ?? shell, words, {
      ...{ cwd: folder, columns: 200, rows: 60, limit: 20_000 },
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, PS1: 'ready> ' },
    });
    ended.defer(() => terminal.close());
    terminal.type(`${load}; echo lo''aded\r`);
    await terminal.seen(/^loaded/m);
    terminal.type('lockstep sta\t');
    await terminal.seen(/lockstep status$/m);
    terminal.type('\u0015lockstep run --thro\tha\t');
    await terminal.seen(/lockstep run --through[ =]harden/);
    terminal.type('\u0015lockstep completion z\t');
    await terminal.seen('lockstep completion zsh');
    terminal.type('\u0015lockstep run --sudo-password-file with\t');
    await terminal.seen(/--sudo-password-file (with\\ blank\.key|'with blank\.key')/);
    terminal.type('\u0015lockstep audit --\t\t');
    for (const option of optionsOf('audit').filter((each) => each.startsWith('--')))
      await terminal.seen(option);
  });
});
