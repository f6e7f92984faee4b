import { expect, test } from 'vitest';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { hardenQuestions } from '../../../src/steps/harden/questions.ts';

const asked = (unknownPlugins?: string[]) => {
  const seen = unknownPlugins ? { unknownPlugins } : {};
  return hardenQuestions({ answers: defaultAnswers(), seen } as Setup).find(
    ({ id }) => id === 'tryPlugins',
  );
};

test('whether a plugin may be loaded twice is asked only where one is not known', () => {
  expect(asked()).toBeUndefined();
  expect(asked([])).toBeUndefined();
  const question = asked(['/opt/mi\u001b[31mne.so']);
  expect(question?.help).toContain('ne.so');
  expect(question?.help).not.toContain('\u001b');
  const answers = defaultAnswers();
  expect(question?.get(answers)).toBe('no');
  const yes = question?.set(answers, 'yes') ?? answers;
  expect([yes.tryPlugins, question?.get(yes)]).toEqual([true, 'yes']);
  expect(question?.set(yes, 'no')).toEqual(answers);
  expect(question?.check('perhaps')).toBeDefined();
});

test('which plain port is meant is asked where there are several', () => {
  const ids = (plainPort: Setup['plainPort']) =>
    hardenQuestions({ answers: defaultAnswers(), seen: {}, plainPort } as Setup).map(
      ({ id }) => id,
    );
  expect(ids({ oneOf: [2883, 2884] })).toContain('ports.plain');
  expect(ids(2883)).not.toContain('ports.plain');
  const [question] = hardenQuestions({
    ...{ answers: defaultAnswers(), seen: {}, plainPort: { oneOf: [2883, 2884] } },
  } as unknown as Setup);
  expect(question?.help).toContain('2883, 2884');
  expect(question?.set(defaultAnswers(), '2884').ports.plain).toBe(2884);
});

test('what becomes of a port that somebody else has set up is asked, another one beside it', () => {
  const of = (tlsTaken?: boolean) =>
    hardenQuestions({ answers: defaultAnswers(), seen: {}, tlsTaken } as Setup);
  expect(of().map(({ id }) => id)).not.toContain('otherTls');
  const taken = of(true);
  const question = taken.find(({ id }) => id === 'otherTls');
  expect(question?.choices?.map(({ value }) => value)).toEqual(['ask', 'keep', 'close']);
  expect(question?.set(defaultAnswers(), 'keep').otherTls).toBe('keep');
  const port = taken.find(({ id }) => id === 'ports.tls');
  expect(port?.set(defaultAnswers(), '8884').ports.tls).toBe(8884);
});

test('another port for certificates can be chosen, but for the practice broker, whose ports are its own', () => {
  const of = (broker: string, more: Partial<Setup> = {}) =>
    hardenQuestions({ answers: defaultAnswers(broker), seen: {}, ...more } as Setup).filter(
      ({ id }) => id === 'ports.tls',
    );
  for (const more of [{}, { tlsTaken: true }]) expect(of('pi@rock-4se', more)).toHaveLength(1);
  expect(of('pi@rock-4se')[0]?.set(defaultAnswers(), '8884').ports.tls).toBe(8884);
  expect(of('practice')).toEqual([]);
});

test('the choices for the plain port say what they do to others, and what they cannot', () => {
  const none = {
    everybody: false,
    names: false,
    stay: [],
    closed: [],
    here: '127.0.0.1',
    isSo: false,
  };
  const of = (more: Partial<Setup>) =>
    Object.fromEntries(
      hardenQuestions({
        ...{ answers: defaultAnswers(), seen: {}, plainPort: 1883 },
        ...more,
      } as Setup)
        .find(({ id }) => id === 'plainListener')
        ?.choices?.map(({ value, label, why }) => [value, `${label}: ${why}`]) ?? [],
    );
  for (const alone of [of({}), of({ choices: { refuse: none } })]) {
    expect(Object.values(alone).join(' ')).not.toMatch(/Ports? \d/);
    expect(alone.refuse).toMatch(/^refuses everyone: /);
  }
  const choices = {
    refuse: { ...none, closed: [9001] },
    remove: { ...none, closed: [9001, 9002] },
    loopback: { ...none, stay: [9001] },
    open: { ...none, names: true, closed: [9001], stay: [9002, 9003] },
  };
  const two = of({ choices });
  expect(two.refuse).toMatch(/ Port 9001 lets in nobody without a name any more, either\.$/);
  expect(two.remove).toMatch(/ Ports 9001, 9002 let in nobody without a name any more, either\.$/);
  expect(two.loopback).toMatch(/ Port 9001 stays open to everybody, too\.$/);
  expect(two.open).toMatch(
    /: Who gets in there now still does\. .* Port 9001 lets in nobody without a name any more, either\. Ports 9002, 9003 stay open to everybody, too\.$/,
  );
  expect(of({ choices: { open: { ...none, everybody: true } } }).open).toMatch(
    /: Everybody may still come in by it\./,
  );
  // Where passwords count for all ports it goes on taking them, and no label says otherwise.
  expect(of({ choices: { refuse: { ...none, names: true } } }).refuse).toMatch(
    /^refuses all without a password: .*unencrypted\.$/,
  );
  // Where there is no plain port there is nothing to choose.
  expect(of({ plainPort: null })).toEqual({});
});
