import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Running } from '../../../src/host/api/running.ts';
import { behindSudo } from '../../../src/host/sudo/start.ts';

/** A sudo that says `said`, and ends when its input does. */
function sudoSaying(said: (prompt: string) => string[]) {
  const received = { input: '' };
  const start = async (argv: readonly string[]): Promise<Running> => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    for (const part of said(argv[argv.indexOf('-p') + 1] ?? '')) stderr.write(part);
    const ended = text(stdin).then((input) => {
      received.input = input;
      stderr.end('\nsudo: no password was provided\n');
      stdout.end();
      return { code: 1, signal: null };
    });
    return { stdin, stdout, stderr, ended, pid: Promise.resolve(null) };
  };
  return { start, received };
}

const sudoer = { password: 'horse battery', user: 'radxa', where: 'radxa@rock-4se' };
const signal = new AbortController().signal;

test('what is no prompt of ours gets no password, and is told', async () => {
  const { start, received } = sudoSaying(() => ['Verification code: ']);
  const program = await behindSudo({ start, ...sudoer }, ['id'], signal);
  await expect(program.ended).rejects.toMatchObject({
    message: 'sudo on radxa@rock-4se asks for more than a password.',
    likely: expect.stringContaining('Verification code:'),
  });
  expect(received.input).toBe('');
});

test('a lecture is no question, and a code behind the password is', async () => {
  const lecture = 'It usually boils down to these three things:\n\n    #1) Respect.\n\n';
  const asks = (prompt: string) => [lecture, prompt.replace('%p', 'radxa'), 'One-time password? '];
  const { start, received } = sudoSaying(asks);
  const program = await behindSudo({ start, ...sudoer }, ['id'], signal);
  await expect(program.ended).rejects.toMatchObject({
    message: 'sudo on radxa@rock-4se asks for more than a password.',
  });
  expect(received.input).toBe('horse battery\n');
});

test.each([
  ['radxa@rock-4se', 'root', 'wants the password of root'],
  ['radxa@rock-4se', 'radxa', 'refused the password'],
  // As a sudo has it that knows no %p.
  ['radxa@rock-4se', '%p', 'refused the password'],
  ['local', 'root', 'wants the password of root'],
  ['local', 'radxa', 'refused the password'],
])('on %s a prompt for the password of %s', async (where, whose, told) => {
  const { start } = sudoSaying((prompt) => {
    const mine = prompt.replace('%p', whose);
    return [mine, '\nSorry, try again.\n', mine];
  });
  const program = await behindSudo({ start, ...sudoer, where }, ['id'], signal);
  await expect(program.ended).rejects.toMatchObject({
    kind: 'sudo-password',
    message: expect.stringContaining(told),
  });
});
