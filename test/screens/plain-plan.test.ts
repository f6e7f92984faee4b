import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runPlain } from '../../screens/plain/plain.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import type { UserEvent } from '../../state/machine/machine.ts';
import { FakeSession } from '../support/screens/fake-session.ts';
import { keyboard, Paper } from '../support/screens/paper.ts';
import { answers, at, changes, questions, scenes } from '../support/screens/scenes.ts';
import { SlowClock, unicode } from '../support/screens/show.tsx';

/** A session one line before the plan of a step; its world plans at once. */
class Planning extends FakeSession {
  override send(event: UserEvent): void {
    super.send(event);
    const { place } = this.state();
    if (event.type !== 'act' || place.screen !== 'step') return;
    const plan = { changes, notes: [{ text: theEnd, warning: false }] };
    this.happen({ type: 'planned', step: place.step, plan });
  }
}
const theEnd = 'This is the end of it.';

/** Lets what has been typed, or has come to pass, have its effects. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

/** Somebody at a session that nobody leaves. */
async function atPrompt(session: FakeSession) {
  const [stdin, stdout, clock] = [new PassThrough(), new Paper(), new SlowClock()];
  void runPlain({ session, stdin, stdout, environment: unicode, clock });
  await settled();
  const type = async (text: string) => {
    stdin.write(text);
    await settled();
  };
  const pass = async (...times: number[]) => {
    for (const time of times) {
      clock.pass(time);
      await settled();
    }
  };
  return { type, pass, said: () => stdout.text };
}

const happened = ({ sent }: FakeSession) => sent.map(({ type }) => type);

describe.each<StepId>(['authority', 'certificates', 'distribute', 'harden'])(
  'the plan of %s',
  (step) => {
    const planning = () => new Planning({ answers, questions, events: at(step) });

    test.each(['\n\n', '\n1\n', '1\n1\n1\n', '\n1'])(
      'is not agreed to by what was typed before its prompt: %j',
      async (ahead) => {
        const session = planning();
        const { type, pass, said } = await atPrompt(session);
        await type(ahead);
        expect(said()).toContain(theEnd);
        await pass(600, 400);
        expect(said()).toMatch(/What now\? 1-\d, b back, c commands, q leave: $/);
        await type('\n');
        expect(happened(session)).toEqual(['act']);
        expect(said()).toContain('Enter alone agrees to nothing. Please type a number');
        await type('1\n');
        expect(happened(session)).toEqual(['act', 'agree']);
      },
    );

    test('takes nothing in its first second, nor while lines keep coming', async () => {
      const session = planning();
      const { type, pass, said } = await atPrompt(session);
      await type('1\n');
      for (const time of [300, 300, 399]) {
        await pass(time);
        await type('1\n');
      }
      for (let more = 0; more < 5; more++) {
        await pass(400);
        expect(said().split('What now?')).toHaveLength(2);
        await type('1\n');
      }
      await pass(400, 400);
      expect(said().split('What now?')).toHaveLength(3);
      expect(happened(session)).toEqual(['act']);
    });
  },
);

test('a question that something hangs on is not answered by what was typed before it', async () => {
  const session = scenes['host key']?.() as FakeSession;
  const { type, pass, said } = await atPrompt(session);
  await type('2\n');
  expect(said()).not.toContain('Which?');
  await pass(600, 400);
  expect(said()).toContain('Which? 1-2, q leave [1] ');
  // It is no answer, and above all no "no".
  await type('c\n');
  expect(said()).toContain('Please type a number from 1 to 2.');
  expect(session.replies).toEqual([]);
  await type('\n');
  expect(session.replies).toEqual(['no']);
});

test('before a plan can be agreed to nothing typed is shown, and Ctrl-C leaves', async () => {
  const { stdin, raw, input } = keyboard();
  const quiet = input.quiet();
  expect(raw).toEqual([true]);
  stdin.write('half a line');
  await quiet;
  expect(raw).toEqual([true, false]);
  stdin.write('next\n');
  expect(await input.line()).toBe('next');
  const last = input.quiet();
  stdin.write('\u0003');
  await last;
  expect(input.interrupted).toBe(true);
  expect(await input.line()).toBe(null);
});
