import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { openWords } from '../../src/steps/reach/open.ts';
import { isDone, type State } from '../../state/machine/machine.ts';
import type { Belongings } from '../../state/session/belongings.ts';
import { underWay } from '../steps/step-state.ts';
import { verified } from '../views/finished.ts';

/** What the last words need to know besides the state. */
export interface Leaving {
  /** The words that start this program again. */
  command: string;
  /** Where the files are; null when no set-up was open. */
  belongings: Belongings | null;
  /** All that was noted during the session, oldest first. */
  notes: readonly string[];
}

/** What stays on the ordinary screen after leaving: what was done, where it is, how to go on. */
export function lastWords(state: State, { command, belongings, notes }: Leaving): string[] {
  const noted = notes.map((note) => `Note: ${note}`);
  if (state.place.screen !== 'step')
    return [...noted, `Nothing was changed. Start again with: ${command}`];
  const done = new Set(stepIds.filter((id) => isDone(state.steps[id])));
  const all = done.size === stepIds.length;
  const changes = stepIds.flatMap((id) => state.steps[id].changes).length;
  const onBroker = onIt.some((id) => state.steps[id].changes.length > 0);
  const undo = onBroker ? `; "${command} undo" puts the broker back` : '';
  return [
    standing(state, done),
    ...waits(state),
    ...(changes > 0 ? [`${counted(changes)}${undo}.`] : []),
    ...(belongings ? where(belongings, done) : []),
    ...noted,
    // Before what leads to another folder: the program need not be found from there.
    all ? `Check it at any time: ${command} status` : `Go on where you left off: ${command}`,
    ...(belongings && all ? tryIt(state, belongings) : []),
  ];
}

/** Nobody leaves a change that is not proved without knowing what becomes of it. */
function waits({ steps, answers }: State): string[] {
  const armed = steps.harden.check?.armed;
  if (!armed || answers.broker === 'practice') return [];
  return [
    'The change to the broker is in force and not proved yet. Unless you go on before, its machine puts it back by itself.',
  ];
}

/** The steps that change something on the broker's machine. */
const onIt = ['distribute', 'harden'] as const;

/** What is looked at again just now is not said to be so: it was, when it was seen last. */
function standing({ broker, answers, steps }: State, done: ReadonlySet<StepId>): string {
  const name = broker?.name ?? answers.broker;
  if (done.size < stepIds.length) {
    const hold = [...done].some((id) => underWay(steps[id])) ? 'held when last seen' : 'hold';
    const kept = steps.harden.check?.armed
      ? 'What is proved is kept.'
      : 'Everything so far is kept.';
    return `${name}: ${done.size} of ${stepIds.length} steps ${hold}. ${kept}`;
  }
  const { evidence, check } = steps.verify;
  const seen = evidence.length > 0 ? evidence : verified(check?.report);
  const open = openWords(seen.flatMap((one) => one.open ?? []));
  if (underWay(steps.verify)) return `${name} was secured when it was tried last.`;
  return open === ''
    ? `${name} is secured: only holders of a certificate get in.`
    : `${name} is secured; ${open}`;
}

const counted = (changes: number): string =>
  changes === 1 ? 'One change was made' : `${changes} changes were made`;

/** Only what has been made is named. */
function where({ authority, clients }: Belongings, done: ReadonlySet<StepId>): string[] {
  return [
    ...(done.has('authority') ? [`The authority: ${authority}`] : []),
    ...(done.has('distribute') ? some(clients.map(placeOf)) : []),
  ];
}

const placeOf = ({ name, host, folder }: Belongings['clients'][number]): string =>
  `Files of ${name}: ${folder}${host === 'here' ? '' : ` on ${host}`}`;

const some = (lines: readonly string[]): string[] =>
  lines.length > 4
    ? [...lines.slice(0, 3), `... and of ${lines.length - 3} more clients`]
    : [...lines];

/** Commands that a client can use, unwrapped, to be copied. */
function tryIt({ answers }: State, { clients, connect }: Belongings): string[] {
  const [first] = clients;
  if (!first || connect.length === 0) return [];
  const on = first.host === 'here' ? '' : `, on ${first.host}`;
  const when = answers.broker === 'practice' ? ', while Lockstep runs' : '';
  return [`To send a message as ${first.name}${on}${when}:`, ...connect.map((line) => `  ${line}`)];
}

/** What stays on the ordinary screen while the program is stopped (Ctrl-Z). */
export function suspended(state: State): string[] {
  const { phase } = state.steps.harden;
  return [
    'Lockstep waits. "fg" goes on where you were.',
    // The practice broker has no timer.
    ...(state.answers.broker !== 'practice' && (phase === 'applying' || phase === 'proving')
      ? ['The broker does not wait: what is not proved in time, it puts back by itself.']
      : []),
  ];
}
