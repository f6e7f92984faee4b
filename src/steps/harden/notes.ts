import type { Goal } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Contradiction } from '../../mosquitto/candidate/contradictions.ts';
import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../mosquitto/config/model/configuration.ts';
import { withoutSecret } from '../../mosquitto/config/model/secret-lines.ts';
import { apiChanges } from '../../mosquitto/effective/http-api.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { restartLoss } from '../../mosquitto/effective/restart-loss.ts';
import { isLocalOnly } from '../../mosquitto/effective/sockets.ts';
import { pluginWords } from '../../mosquitto/trial/trial.ts';
import { unknownPlugins } from '../../mosquitto/trial/trial-tree.ts';
import { clean } from '../../text/clean.ts';
import type { AccessTold } from '../access/access-lines.ts';
import { alsoDecides, freeOfRules } from '../access/topic-rules.ts';
import type { Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { stillCome } from '../plain-port/closing.ts';
import { plainPort } from '../plain-port/find.ts';
import { names, plainUseNotes } from '../plain-port/words.ts';
import { keptNotes } from '../release/kept-notes.ts';
import type { Present } from './look.ts';

type Note = Plan['notes'][number];

/** What somebody should know before the broker is hardened, besides who gets in. */
export function hardenNotes(
  setup: Setup,
  { candidate, listeners: before, use, goal, access, look, namesLost }: Present,
  barred: readonly string[],
): Note[] {
  const after = candidate.effective.listeners;
  const warn = (text: string): Note => ({ text, warning: true });
  return [
    ...reachable(setup, before, after).map(warn),
    ...plainUseNotes(setup, use),
    ...candidate.contradictions.map(contradictionText).map(warn),
    ...apart(setup, look.configuration, candidate).map(warn),
    ...carried(goal).map(warn),
    ...freeOfRules(setup, goal, look, candidate).map(warn),
    ...keptNotes(goal, access, before, namesLost).map(warn),
    ...notReopened(setup, before).map(warn),
    ...apiChanges(look.configuration, candidate.configuration).closed.map(warn),
    ...prefixed(goal, after).map(warn),
    ...alsoDecides(setup, candidate, barred).map(warn),
    ...[restartLoss(candidate.configuration) ?? []].flat().map(warn),
    ...untried(setup, candidate).map(warn),
    { text: 'If the proof fails, everything is put back as it is now.', warning: false },
  ];
}

/** A line that goes or is another one from now on, and why. */
export function contradictionText({ place, text, why, instead }: Contradiction): string {
  const what = instead ? `becomes ${quoted(instead)}` : 'is taken out';
  return `${place.file}, line ${place.line}: ${quoted([text])} ${what}. ${why}`;
}

const quoted = (lines: readonly string[]): string =>
  lines.map((line) => `"${withoutSecret(line)}"`).join(', ');

/**
 * Why per_listener_settings is left where it is, though it would be better gone; and that the restart loses what waits
 * for clients that are away, with it or by it.
 */
function apart({ broker }: Setup, present: Configuration, candidate: Candidate): string[] {
  const { manner, apartBecause } = candidate;
  const stays = manner === 'apart' && apartBecause.length > 0;
  const why = stays ? [`per_listener_settings stays. Without it: ${apartBecause[0]}`] : [];
  const loses =
    present.memory.perListener !== null &&
    behaviourOf(broker.version).perListenerLosesMessages &&
    restartLoss(candidate.configuration) === null;
  const last = manner === 'apart' ? '' : ', for the last time';
  return loses
    ? [
        ...why,
        `With per_listener_settings Mosquitto ${broker.version} loses messages that wait for clients that are away, at every restart: at this one, too${last}.`,
      ]
    : why;
}

/** Settings that clients would miss, or stumble over, at their new port. */
const carried = ({ carried: lines, ports }: Goal): string[] =>
  lines.length === 0
    ? []
    : [
        `Port ${ports.tls} takes over ${quoted(lines)}, so that clients that move find it as before.`,
      ];

/** A choice that lets in everybody has no effect where nobody gets in without a name today. */
export function notReopened(setup: Setup, before: readonly Listener[]): string[] {
  const port = plainPort(setup);
  const there = before.filter((one) => one.port === port);
  return setup.answers.plainListener === 'open' &&
    there.length > 0 &&
    there.every(({ anonymous }) => anonymous === 'refused')
    ? [
        `Port ${port} lets in nobody without a name now, and "open" (plainListener) does not change that: Lockstep opens nothing that is closed. To have it as it was before the set-up: lockstep undo.`,
      ]
    : [];
}

/** A client id is its client's own choice, but has to be chosen so. */
function prefixed({ ports }: Goal, listeners: Listener[]): string[] {
  const prefix = listeners.find(({ port }) => port === ports.tls)?.clientIdPrefix?.prefix;
  return prefix === undefined
    ? []
    : [`As until now, only clients whose id begins with "${clean(prefix, 60)}" are let in.`];
}

/** What a hardened broker lets in, in one line: what is still open by choice is in it. */
export function hardenedDetail({ cells, plain, use }: AccessTold, { answers }: Setup): string {
  const first = `Port ${answers.ports.tls} takes holders of a certificate only`;
  const open = cells.filter(
    ({ who, from, after }) => who !== 'certificate' && from === 'network' && after === 'accepted',
  );
  const ports = Map.groupBy(open, ({ listener }) => listener.port);
  const still = [...ports].map(([port, there]) => {
    const everybody = there.some(({ who }) => who === 'anonymous');
    const come = port === plain && use && everybody ? stillCome(use, answers) : [];
    const by = come.length > 0 ? `, and used by ${names(come)}` : '';
    return `port ${port} is still open to ${everybody ? 'everybody' : 'who has a password'}${by}`;
  });
  const here = cells.some(
    ({ listener, from, who, after }) =>
      listener.port === plain && from === 'here' && who === 'anonymous' && after === 'accepted',
  );
  const own =
    here && plain !== null && !ports.has(plain)
      ? [`port ${plain} takes programs on the broker's own machine`]
      : [];
  return `${[first, ...still, ...own].join('; ')}.`;
}

/** A port that was left open while devices move, and is to be closed now. */
export const closingDetail = (setup: Setup): string =>
  `Port ${plainPort(setup)} is still open to everybody, and is to be closed.`;

/** Whether nothing but programs on the broker's own machine reaches it. */
export const onlyItself = (listeners: Listener[]): boolean =>
  listeners.every((one) => one.addresses.every((address) => isLocalOnly(address)));

function reachable({ answers }: Setup, before: Listener[], after: Listener[]): string[] {
  return onlyItself(before) && !onlyItself(after)
    ? [
        `Only programs on its own machine reach this broker now; port ${answers.ports.tls} will be open to the network.`,
      ]
    : [];
}

/** What the trial goes without, as long as nobody says that it may be loaded twice. */
function untried({ answers, broker }: Setup, { configuration }: Candidate): string[] {
  const plugins = broker.canTry && !answers.tryPlugins ? unknownPlugins(configuration) : [];
  return plugins.length === 0
    ? []
    : [
        `The trial beside the broker is without ${pluginWords(plugins)}, which may keep something of its own: what it decides shows after the restart.`,
      ];
}
