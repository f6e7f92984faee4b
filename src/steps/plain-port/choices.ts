import type { Goal } from '../../mosquitto/candidate/access.ts';
import { type Candidate, candidateFor } from '../../mosquitto/candidate/candidate.ts';
import { isLocalOnly } from '../../mosquitto/effective/sockets.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import type { Choice, ChoiceEffect, PlainChoices } from '../contract/plain-choice.ts';
import type { Setup } from '../contract/setup.ts';

const choices: readonly Choice[] = ['refuse', 'loopback', 'remove', 'open'];

/** Works all of them out from what is there; `asked` is the one that was worked out already. */
export async function plainChoices(
  { broker: { layout, version } }: Setup,
  { files, configuration }: Look,
  goal: Goal,
  asked: Candidate,
): Promise<PlainChoices> {
  const effects: PlainChoices = {};
  for (const plainListener of choices) {
    const candidate =
      plainListener === goal.plainListener
        ? asked
        : await candidateFor({ ...goal, plainListener }, files, configuration, layout, version);
    if (candidate.shortfalls.length === 0) effects[plainListener] = effectOf(candidate, goal);
  }
  return effects;
}

/** Whether the configuration is what another answer would make of it: then nobody has changed it since. */
export async function isOfOtherAnswer(
  { choices = {}, broker: { layout, version } }: Setup,
  { files, configuration }: Look,
  goal: Goal,
): Promise<boolean> {
  if (Object.values(choices).some(({ isSo }) => isSo)) return true;
  const minimumTls = goal.minimumTls === '1.3' ? '1.2' : '1.3';
  const other = await candidateFor({ ...goal, minimumTls }, files, configuration, layout, version);
  return other.files.length === 0;
}

function effectOf({ access, files, effective }: Candidate, { ports }: Goal): ChoiceEffect {
  const after = access.filter((cell) => cell.after === 'accepted');
  const atPlain = after.filter(({ listener }) => listener.port === ports.plain);
  const others = access.filter(
    ({ who, before, from, listener: { port } }) =>
      ![0, ports.plain, ports.tls].includes(port) &&
      who === 'anonymous' &&
      from === 'network' &&
      before === 'accepted',
  );
  const portsOf = (cells: typeof others) => [
    ...new Set(cells.map(({ listener }) => listener.port)),
  ];
  const stay = portsOf(others.filter((cell) => cell.after === 'accepted'));
  const plain = effective.listeners.filter(({ port }) => port === ports.plain);
  return {
    here: plain.flatMap(({ addresses }) => addresses).find(isLocalOnly),
    everybody: atPlain.some(({ who }) => who === 'anonymous'),
    names: atPlain.some(({ who }) => who === 'password' || who === 'plugin'),
    stay,
    closed: portsOf(others).filter((port) => !stay.includes(port)),
    isSo: files.length === 0,
  };
}
