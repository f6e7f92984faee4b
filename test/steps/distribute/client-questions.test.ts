import { expect, test } from 'vitest';
import { answersSchema } from '../../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { clientQuestions } from '../../../src/steps/distribute/questions.ts';

const clients = [
  { name: 'client01', host: 'here', folder: '/srv/one' },
  { name: 'pump', host: 'pi@pump' },
];
const answers = { ...defaultAnswers(), clients };
/** All that the questions look at. */
const setup = { answers, folders: { authority: '/a', clients: '/home/ann' } } as unknown as Setup;
const question = (id: string) => {
  const found = clientQuestions(setup).find((one) => one.id === id);
  if (!found) throw new Error(`no question ${id}`);
  return found;
};

test('each client is asked for its machine and its folder', () => {
  expect(clientQuestions(setup).map((one) => [one.label, one.get(answers)])).toEqual([
    ['Machine of client01', 'here'],
    ['Folder of client01', '/srv/one'],
    ['Machine of pump', 'pi@pump'],
    ['Folder of pump', ''],
  ]);
  expect(question('clients.pump.folder').help).toContain('/home/ann/pump');
});

test('a machine of its own gets a folder of its own; the others stay as they are', () => {
  const moved = question('clients.client01.host').set(answers, ' pi@kitchen:2222 ');
  expect(moved.clients).toEqual([
    { name: 'client01', host: 'pi@kitchen:2222', folder: undefined },
    clients[1],
  ]);
  expect(answersSchema.safeParse(moved).success).toBe(true);
  expect(question('clients.client01.host').set(answers, 'here')).toBe(answers);
  const set = question('clients.pump.folder').set(answers, '/etc/pump');
  expect(set.clients[1]).toEqual({ name: 'pump', host: 'pi@pump', folder: '/etc/pump' });
});

test.each([
  ['host', 'here', true],
  ['host', '', true],
  ['host', 'pi@kitchen', true],
  ['host', '-oProxyCommand=x', false],
  ['host', 'two words', false],
  ['folder', '', true],
  ['folder', '/srv/x', true],
  ['folder', 'x', true],
  ['folder', '~/x', true],
  ['folder', '~ann/x', false],
  ['folder', '/srv/x\ty', false],
])('%s "%s" is good: %s', (which, value, good) => {
  expect(question(`clients.pump.${which}`).check(value) === undefined).toBe(good);
});
