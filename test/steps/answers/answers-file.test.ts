import { expect, test } from 'vitest';
import { answersSchema } from '../../../src/steps/answers/answers.ts';
import { formatAnswers, parseAnswers } from '../../../src/steps/answers/answers-file.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';

test('what is printed names every field there is, and is read back the same', () => {
  const answers = defaultAnswers('pi@broker');
  const text = formatAnswers(answers);
  for (const field of Object.keys(answersSchema.shape))
    expect(text).toMatch(new RegExp(`^(# +)?${field}:`, 'm'));
  expect(text).toContain('authority: {folder: FOLDER}');
  expect(text).toContain('clients: [{folder: FOLDER}]');
  expect(parseAnswers(text, 'answers.yaml')).toEqual(answers);
  const chosen = { ...answers, identity: '/k', names: ['b'] };
  expect(formatAnswers(chosen)).not.toMatch(/# +(identity|names):/);
});

test('names of the broker are taken in normal form, each once; what could not be proved is refused', () => {
  const read = (names: string) => parseAnswers(`names: [${names}]\n`, 'answers.yaml').names;
  expect(read('Rock.LAN., rock.lan, "FD00:141:0::2", bücher.example')).toEqual([
    'rock.lan',
    'fd00:141::2',
    'xn--bcher-kva.example',
  ]);
  expect(() => read('rock.lan, "*.lan", "fe80::1%eth0"')).toThrow(
    expect.objectContaining({
      message: 'The answers file answers.yaml has 2 faults.',
      detail: expect.stringMatching(/line 1: names\.1: A wildcard .*\nline 1: names\.2: .* zone /),
    }),
  );
});

test('a key that is there twice is a fault, wherever it is', () => {
  for (const text of ['broker: a\nbroker: b\n', 'ports: {tls: 8883, tls: 8884}\n'])
    expect(() => parseAnswers(text, 'answers.yaml')).toThrow('has one fault');
});

test('of very many faults the first are listed and all are counted, with work that grows as they do', () => {
  const faulty = (count: number) => {
    const text = Array.from({ length: count }, (_, index) => `unknown${index}: 1`).join('\n');
    const began = performance.now();
    try {
      parseAnswers(text, 'answers.yaml');
    } catch (error) {
      const { message, detail } = error as Error & { detail: string };
      return { message, lines: detail.split('\n'), took: performance.now() - began };
    }
    throw new Error('they were taken');
  };
  const [some, many] = [faulty(2_000), faulty(100_000)];
  expect(many.message).toBe('The answers file answers.yaml has 100000 faults.');
  expect(many.lines).toHaveLength(41);
  expect(many.lines.at(-1)).toBe('and 99960 more');
  // Each compared with every other would take two and a half thousand times as long.
  expect(many.took).toBeLessThan(100 * Math.max(some.took, 20));
});
