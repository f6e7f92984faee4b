import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { runPlain } from '../../screens/plain.ts';
import { FakeSession } from './fake-session.ts';
import { answers, at, evidence, questions, scenes } from './scenes.ts';
import { unicode } from './show.tsx';

class Paper extends Writable {
  columns = 80;
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

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

test('an empty secret is none: what asked is cancelled', async () => {
  const session = scenes.secret?.() as FakeSession;
  await transcript(session, '');
  expect(session.replies).toEqual([null]);
});

test('what the proof found is said with its cause', async () => {
  const { text } = await transcript(scenes.finished?.() as FakeSession);
  for (const one of evidence) expect(text).toContain(one.title);
  expect(text).toContain('Secured.');
});
