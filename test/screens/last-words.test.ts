import { expect, test } from 'vitest';
import { lastWords } from '../../screens/app/last-words.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { type Event, initial, type State, transition } from '../../state/machine/machine.ts';
import type { Belongings } from '../../state/session/belongings.ts';
import { answers, at } from '../support/screens/scenes.ts';

const belongings: Belongings = {
  authority: '/home/ann/.local/share/mqtt-lockstep/authority',
  clients: [{ name: 'client01', host: 'here', folder: '/home/ann/client01' }],
  connect: ['cd /home/ann/client01', 'mosquitto_sub --cafile root_ca.crt', 'mosquitto_pub …'],
};

const after = (events: readonly Event[]): State => events.reduce(transition, initial(answers));
const done = at('verify', 'done');
const say = (events: readonly Event[], more: Partial<Parameters<typeof lastWords>[1]> = {}) =>
  lastWords(after(events), { command: 'npx lockstep', belongings, notes: [], ...more });

test('without a broker: that nothing was changed, and how to start again', () => {
  expect(say([], { belongings: null })).toEqual([
    'Nothing was changed. Start again with: npx lockstep',
  ]);
});

test('secured: what was made, where it is, and what a client can type', () => {
  expect(say(done)).toEqual([
    'rock-4se is secured: only holders of a certificate get in.',
    `The authority: ${belongings.authority}`,
    'Files of client01: /home/ann/client01',
    // Its commands lead to another folder, from which npx would fetch another program.
    'Check it at any time: npx lockstep status',
    'To send a message as client01:',
    ...belongings.connect.map((line) => `  ${line}`),
  ]);
});

test('a change that is not proved is said to go back by itself', () => {
  const armed = { seconds: 90, at: 0 };
  const { verify, harden, ...others } = after(at('harden')).steps;
  const check = { status: 'todo' as const, detail: '', report: null, armed };
  const state = {
    ...after(at('harden')),
    steps: { ...others, verify, harden: { ...harden, check } },
  };
  const words = lastWords(state, { command: 'npx lockstep', belongings, notes: [] }).join('\n');
  expect(words).toContain(
    'in force and not proved yet. Unless you go on before, its machine puts it back by itself.',
  );
  expect(words).not.toContain('Everything so far is kept');
  expect(say(at('harden')).join('\n')).not.toContain('in force');
});

test.each(stepIds.map((id, index) => [id, index] as const))(
  'left at %s: only what has been made is named',
  (id: StepId, index) => {
    const words = say(at(id)).join('\n');
    expect(words).toContain(`${index} of 7 steps hold`);
    expect(words.includes('The authority:')).toBe(index > stepIds.indexOf('authority'));
    expect(words.includes('Files of')).toBe(index > stepIds.indexOf('distribute'));
    expect(words).not.toContain('mosquitto_');
    expect(words).toMatch(/\nGo on where you left off: npx lockstep$/);
  },
);

test('what is tried again just now is not said to be so: it was', () => {
  const [trying] = say([...done, { type: 'act' }]);
  expect(trying).toBe('rock-4se was secured when it was tried last.');
  const [looking] = say([
    ...at('distribute'),
    { type: 'answer', answers: { ...answers, broker: 'pi@other' } },
  ]);
  expect(looking).toBe('rock-4se: 4 of 7 steps held when last seen. Everything so far is kept.');
});

test('what stays open by choice is said in the same sentence', () => {
  const state = after(done);
  const { verify } = state.steps;
  const open = [{ port: 1883, address: '0.0.0.0', who: 'anonymous' as const }];
  const evidence = verify.evidence.map((one) => ({ ...one, open }));
  const seen = { id: 'listener:1883:anonymous', title: '', expect: 'accepted', words: '' } as const;
  const told = [
    ...evidence,
    { ...seen, observed: 'accepted' as const, cause: null, pass: true, open },
  ];
  const steps = { ...state.steps, verify: { ...verify, evidence: told } };
  const [first] = lastWords({ ...state, steps }, { command: 'lockstep', belongings, notes: [] });
  expect(first).toBe('rock-4se is secured; still open by choice: port 1883 (everybody).');
});

test('every notice is said whole, also when no broker was reached', () => {
  const notes = ['An earlier session ended without leaving.', `Long ${'and longer '.repeat(20)}`];
  for (const events of [[], done])
    expect(say(events, { notes })).toEqual(
      expect.arrayContaining(notes.map((note) => `Note: ${note}`)),
    );
});

test('on other machines, and of very many clients', () => {
  const clients = Array.from({ length: 12 }, (_, index) => ({
    name: `pump-${index}`,
    host: 'pi@pumps',
    folder: `~/pump-${index}`,
  }));
  const words = say(done, { belongings: { ...belongings, clients } });
  expect(words).toContain('Files of pump-0: ~/pump-0 on pi@pumps');
  expect(words).toContain('To send a message as pump-0, on pi@pumps:');
  expect(words).toContain('... and of 9 more clients');
  expect(words.length).toBeLessThan(15);
});
