import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runPlain } from '../../screens/plain/plain.ts';
import { FakeSession } from '../support/screens/fake-session.ts';
import { keyboard, Paper } from '../support/screens/paper.ts';
import { answers, at, evidence, questions, scenes } from '../support/screens/scenes.ts';
import { noWaiting, unicode } from '../support/screens/show.tsx';

/** Runs the plain mode with these lines typed ahead, to the end of input. */
async function transcript(session: FakeSession, ...lines: string[]) {
  const stdin = new PassThrough();
  const stdout = new Paper();
  stdin.end(lines.map((line) => `${line}\n`).join(''));
  const end = await runPlain({
    session,
    stdin,
    stdout,
    environment: unicode,
    now: new Date('2026-10-03T12:00:00Z'),
    clock: noWaiting,
  });
  return { text: stdout.text, end };
}

test('says where it is, what it saw and what can be chosen, in plain lines', async () => {
  const { text, end } = await transcript(
    new FakeSession({ answers, questions, events: at('authority') }),
  );
  expect(text).toContain('Step 3 of 7: Authority');
  expect(text).toContain('  1  Make the authority\n');
  expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  expect(end).toEqual({ how: 'left', commands: [] });
});

test('a notice is said, whole and once', async () => {
  const note = `Something to know that is ${'rather '.repeat(12)}long.`;
  const session = new FakeSession({
    answers,
    events: [...at('authority'), { type: 'noted', text: note }],
  });
  const { text } = await transcript(session, 'c', 'c');
  expect(text.replace(/\s+/g, ' ').split(`Note: ${note}`)).toHaveLength(2);
});

test('Enter alone does the first thing', async () => {
  const session = new FakeSession({ answers, questions, events: at('distribute', 'done') });
  const stdin = new PassThrough();
  const running = runPlain({ session, stdin, stdout: new Paper(), environment: unicode });
  stdin.write('\n');
  await expect.poll(() => session.sent).toEqual([{ type: 'go', step: 'harden' }]);
  session.happen(
    { type: 'checking', step: 'harden' },
    { type: 'checked', step: 'harden', check: { status: 'todo', detail: 'Open.', report: null } },
  );
  stdin.end('q\n');
  expect(await running).toEqual({ how: 'left', commands: [] });
});

test('a broker over SSH is asked for', async () => {
  const session = new FakeSession();
  const stdin = new PassThrough();
  const running = runPlain({ session, stdin, stdout: new Paper(), environment: unicode });
  stdin.write('2\nbad address\npi@rock-4se:2222\n\n');
  await expect
    .poll(() => session.sent)
    .toMatchObject([{ type: 'choose', answers: { broker: 'pi@rock-4se:2222' } }]);
  session.happen({
    type: 'not-opened',
    trouble: { what: 'No.', likely: '', next: '', detail: '' },
  });
  stdin.end();
  await running;
});

test('a question in the middle of something overtakes a prompt, and its answer is sent', async () => {
  const session = new FakeSession({ answers, questions, events: at('authority') });
  const stdin = new PassThrough();
  const stdout = new Paper();
  const running = runPlain({ session, stdin, stdout, environment: unicode });
  await expect.poll(() => stdout.text).toContain('What now?');
  session.happen({
    type: 'asked',
    request: {
      kind: 'secret',
      label: 'Passphrase',
      help: '',
      attempt: 1,
      repeat: true,
    },
  });
  await expect.poll(() => stdout.text).toContain('Type it');
  stdin.write('one\ntwo\nsame\nsame\n');
  await expect.poll(() => session.replies).toEqual(['same']);
  expect(stdout.text).toContain('not the same');
  expect(stdout.text).not.toContain('same\n2');
  stdin.end();
  await running;
});

describe('a secret', () => {
  test('that is empty or too short is refused with the reason, and asked again', async () => {
    const session = scenes.secret?.() as FakeSession;
    const { text } = await transcript(session, '', 'abc', 'four', 'other', 'four', 'four');
    expect(text).toMatch(/Type it .*\nIt cannot be empty\.\nType it/);
    expect(text).toMatch(
      /At least 4 characters, please\.\nType it .*\nOnce more: \nThe two were not/,
    );
    expect(session.replies).toEqual(['four']);
  });

  test('is given up with the end of input, and with Ctrl-D that question alone', async () => {
    const session = scenes.secret?.() as FakeSession;
    await transcript(session, '');
    expect(session.replies).toEqual([null]);

    const { stdin, input } = keyboard();
    stdin.write('abc\u0004next\r');
    expect(await input.hidden()).toBe(null);
    expect(await input.line()).toBe('next');
    input.close();
  });

  test('is asked when nothing is echoed any more', async () => {
    const { stdin, raw, input } = keyboard();
    const asked: boolean[][] = [];
    const typed = input.hidden(() => asked.push([...raw]));
    stdin.write('secret\r');
    expect(await typed).toBe('secret');
    expect(asked).toEqual([[true]]);
    expect(raw).toEqual([true, false]);
    input.close();
  });

  test('takes no arrow, nor what comes with Alt', async () => {
    const { stdin, input } = keyboard();
    stdin.write('ab\u001B[D\u001B[4~\u001Bx\u007Fc\u001BOFd\r');
    expect(await input.hidden()).toBe('acd');
    input.close();
  });
});

test('what the proof found is said with its cause', async () => {
  const { text } = await transcript(scenes.finished?.() as FakeSession);
  for (const one of evidence) expect(text).toContain(one.title);
  expect(text).toContain('Secured.');
});
