import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chosenAnswers, type Remembered } from '../../src/commands/chosen-answers.ts';
import type { Options } from '../../src/commands/options.ts';
import { formatAnswers } from '../../src/steps/answers/answers-file.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';

// A broker that is given the names of another one gets its certificate, and with it its key.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-answers-'));
});
afterAll(() => rm(folder, { recursive: true }));

const names = ['rock-4se.lan', '10.0.0.2'];
const nobody: Remembered = { sites: () => [], current: () => null };

async function chosen(text: string, options: Partial<Options>, remembered = nobody) {
  const answers = join(folder, 'answers.yaml');
  await writeFile(answers, text, { mode: 0o600 });
  const from = { folder, home: folder };
  return chosenAnswers({ answers, ...options } as Options, remembered, from);
}

const printed = (broker: string) => formatAnswers({ ...defaultAnswers(broker), names });

test.each([
  ['pi@rock', undefined],
  ['pi@rock', 'pi@rock'],
  ['pi@rock', 'pi@ROCK'],
  ['practice', 'practice'],
])('the names in the answers of %s are taken for it, asked for as %s', async (broker, asked) => {
  const options = asked === undefined ? {} : { broker: asked };
  expect((await chosen(printed(broker), options)).names).toEqual(names);
});

test.each([
  ['pi@rock', 'pi@other'],
  ['pi@rock', 'ann@rock'],
  ['pi@rock', 'pi@rock:2222'],
  ['pi@rock', 'practice'],
  ['practice', 'pi@rock'],
  ['local', 'pi@rock'],
])('those in the answers of %s are not taken for %s', async (broker, asked) => {
  const answers = await chosen(printed(broker), { broker: asked });
  expect(answers).toEqual({ ...defaultAnswers(asked) });
  expect((await chosen(printed(broker), { broker: asked, name: ['mine'] })).names).toEqual([
    'mine',
  ]);
  const known = { ...defaultAnswers(asked), names: ['kept'] };
  const remembered = { sites: () => [{ id: 'x', answers: known }], current: () => null };
  expect((await chosen(printed(broker), { broker: asked }, remembered)).names).toEqual(['kept']);
});

test('a claim that was agreed to for one broker is not for another', async () => {
  const text = 'broker: pi@rock\nnamesFromHost: true\n';
  expect((await chosen(text, {})).namesFromHost).toBe(true);
  expect((await chosen(text, { broker: 'pi@other' })).namesFromHost).toBe(false);
});

test('a file that says no broker is for whichever is asked for', async () => {
  const answers = await chosen('names: [mine.example]\n', { broker: 'pi@other' });
  expect(answers.names).toEqual(['mine.example']);
});
