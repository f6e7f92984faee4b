import type { Configuration, Directive } from '../config/model/configuration.ts';
import { type ConfiguredListener, textOf } from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import type { ListeningSocket } from '../effective/listening-sockets.ts';
import { loopbackOf } from '../effective/loopback.ts';
import { portOf } from '../effective/port-of.ts';
import { isLocalHost } from '../effective/sockets.ts';
import { closesAll, type Goal, plainIsOpen } from './access.ts';

/** A line that would stand in the way of the goal. */
export interface Contradiction {
  place: Place;
  /** The line as written. */
  text: string;
  why: string;
  /** The lines that take its place; none: it is only taken out. */
  instead?: string[];
}

/**
 * How who may come in is said: once for all listeners (`together`), or for each (`apart`), where
 * per_listener_settings stays. `exempt` is together, but the plain port has its own word (2.1).
 */
export type Manner = 'together' | 'exempt' | 'apart';

interface Wanted {
  goal: Goal;
  manner: Manner;
  configuration: Configuration;
  sockets: readonly ListeningSocket[];
}

type Reason = Pick<Contradiction, 'why' | 'instead'>;

/** Every line of a configuration that contradicts the goal, in reading order; `sockets`: who gets in now. */
export function contradictions(
  configuration: Configuration,
  sockets: readonly ListeningSocket[],
  goal: Goal,
  manner: Manner,
): Contradiction[] {
  const wanted = { goal, manner, configuration, sockets };
  const found = configuration.directives.flatMap((directive): Contradiction[] => {
    const reason =
      splitting(directive, wanted) ??
      anonymous(directive, wanted) ??
      tlsPort(directive, wanted) ??
      plainPort(directive, wanted) ??
      passwords(directive, wanted) ??
      sharedKeys(directive, wanted);
    const { file, line, raw } = directive;
    return reason ? [{ place: { file, line }, text: raw.trim(), ...reason }] : [];
  });
  return manner === 'apart' ? found : [...found, ...repeated(configuration, found)];
}

function splitting({ option, value }: Directive, { manner }: Wanted): Reason | null {
  if (option !== 'per_listener_settings' || manner === 'apart' || !/^(true|1)/.test(value))
    return null;
  return { why: 'It splits the settings by listener, and loses queued messages on some versions.' };
}

/** Who may come without a name is said anew; elsewhere a line about it would decide otherwise. */
function anonymous(directive: Directive, { goal, manner, configuration }: Wanted): Reason | null {
  const { option, value, listener } = directive;
  if (option !== 'allow_anonymous' && option !== 'listener_allow_anonymous') return null;
  const ours = listener !== null && isOurs(listener, goal);
  if (ours && manner === 'apart' && staysAsItIs(listener, goal)) return null;
  if (ours && saysAlready(listener, ownWord(goal, manner), configuration)) return null;
  if (option === 'listener_allow_anonymous') {
    if (ours) return { why: 'It is said anew for this listener.' };
    return /^(true|1)/.test(value) && closesAll(goal)
      ? { why: 'It lets in everybody at its listener.' }
      : null;
  }
  if (manner !== 'apart')
    return configuration.memory.perListener === null
      ? {
          why: 'It counts for all listeners, and the last one read decides: it is set in access.conf.',
        }
      : { why: 'It counted for its listener; from now on one for all is set in access.conf.' };
  if (ours) return { why: 'It is said anew for this listener.' };
  return listener !== null && /^(true|1)/.test(value) && closesAll(goal)
    ? { why: 'It lets in everybody at its listener.', instead: ['allow_anonymous false'] }
    : null;
}

/** The listeners that were on the TLS port give way to ours. */
function tlsPort(directive: Directive, wanted: Wanted): Reason | null {
  const { goal } = wanted;
  const listener = owner(directive, wanted);
  if (listener === null || portOf(listener) !== goal.ports.tls) return null;
  return directive.option === 'listener'
    ? { why: `Port ${goal.ports.tls} is set up in access.conf.` }
    : { why: `It belongs to the old listener on port ${goal.ports.tls}.` };
}

/** The plain port's listeners stay as they are, but for what the choice takes from them. */
function plainPort(directive: Directive, wanted: Wanted): Reason | null {
  const { goal, manner, configuration } = wanted;
  const listener = owner(directive, wanted);
  const port = goal.ports.plain;
  if (listener === null || port === null || portOf(listener) !== port) return null;
  const { option } = directive;
  if (goal.plainListener === 'remove') return { why: `Port ${port} is removed.` };
  if (listener.isDefault) return { why: `Port ${port} is set up in access.conf.` };
  if (manner === 'apart' && staysAsItIs(listener, goal)) return null;
  const said = ownWord(goal, manner);
  const word = saysAlready(listener, said, configuration) ? null : said;
  if (goal.plainListener !== 'loopback' || isHere(listener))
    return option === 'listener' && word !== null
      ? { why: 'Who may come in is said for this listener.', instead: [directive.raw.trim(), word] }
      : null;
  const stays = firstOutward(configuration, port) === listener;
  if (!stays) return { why: `Port ${port} serves the broker's own machine only.` };
  if (option === 'bind_interface' || option === 'socket_domain')
    return { why: `Port ${port} serves the broker's own machine only.` };
  if (option !== 'listener') return null;
  const here = `listener ${port} ${loopbackOf(configuration, port)}`;
  return {
    why: `Port ${port} serves the broker's own machine only.`,
    instead: word === null ? [here] : [here, word],
  };
}

/** The line by which the plain listener says for itself who may come in; null where that is said for all. */
export function ownWord(goal: Goal, manner: Manner): string | null {
  if (manner === 'together') return null;
  if (manner === 'apart') return `allow_anonymous ${plainIsOpen(goal)}`;
  return plainIsOpen(goal) ? 'listener_allow_anonymous true' : null;
}

/** A plain listener that the choice does not concern. */
const staysAsItIs = (listener: ConfiguredListener, { ports, plainListener }: Goal): boolean =>
  portOf(listener) === ports.plain &&
  (plainListener === 'open' || (plainListener === 'loopback' && isHere(listener)));

/** Whether a listener says just that, once, of who may come in. */
function saysAlready(
  listener: ConfiguredListener,
  word: string | null,
  { directives }: Configuration,
): boolean {
  const said = directives.filter(
    (one) => one.listener === listener && /^(listener_)?allow_anonymous$/.test(one.option),
  );
  return said.length === 1 && said[0]?.raw.trim() === word;
}

/** One that is reached from elsewhere becomes the one of this machine, unless that is there. */
function firstOutward({ memory }: Configuration, port: number): ConfiguredListener | undefined {
  const all = memory.listeners.filter((one) => portOf(one) === port);
  return all.some(isHere) ? undefined : all.find((one) => !one.isDefault);
}

const isHere = ({ host, settings }: ConfiguredListener): boolean =>
  host === undefined ? textOf(settings, 'bind_interface') === 'lo' : isLocalHost(host);

/** The listener that a line is a setting of; null for what belongs to none. */
function owner(
  { option, scope, listener }: Directive,
  { manner, configuration }: Wanted,
): ConfiguredListener | null {
  // These two are the default listener's, also within the block of another.
  if (option === 'port' || option === 'bind_address') return configuration.memory.defaultListener;
  if (listener === null) return null;
  if (option === 'listener' || scope === 'listener') return listener;
  return manner === 'apart' && scope === 'security' ? listener : null;
}

const isOurs = (listener: ConfiguredListener, { ports }: Goal): boolean =>
  [ports.plain, ports.tls].includes(portOf(listener));

/**
 * A plain port that is to refuse everyone must not take passwords. Where another listener needs the same
 * password file it stays all the same; that the port then takes them is told before anything is done.
 */
function passwords(
  { option, listener }: Directive,
  { goal, manner, sockets }: Wanted,
): Reason | null {
  const { plain, tls } = goal.ports;
  if (option !== 'password_file' || goal.plainListener !== 'refuse' || plain === null) return null;
  // A listener that lets in nobody by a password does not need the file, though it counts there.
  const elsewhere = sockets.some(
    ({ port, lets, by, byKey, keyAndName }) =>
      port !== plain &&
      port !== tls &&
      (keyAndName || (lets.password && (byKey || by.password !== undefined))),
  );
  const goes = manner === 'apart' ? listener !== null && isOurs(listener, goal) : !elsewhere;
  return goes
    ? { why: `Whoever has a password would still get in on port ${plain}, unencrypted.` }
    : null;
}

/**
 * A file of shared keys that serves no listener any more. Left alone it opens port 1883 once more (2.0.11),
 * keeps TLS 1.3 from every listener (2.0.12 on), or cannot stand beside their certificates (2.1).
 */
function sharedKeys({ option }: Directive, { goal, configuration }: Wanted): Reason | null {
  if (option !== 'psk_file') return null;
  const stay = configuration.memory.listeners.some(
    (one) => one.settings.has('psk_hint') && !isOurs(one, goal),
  );
  return stay ? null : { why: 'No listener uses it any more, and it would harm the others.' };
}

/** Settings that each listener had for itself, and that count for all when they no longer do. */
const once = ['password_file', 'acl_file', 'psk_file', 'auto_id_prefix'];

/** The same line for a second listener: one is enough for all, and on 2.0 two are an error. */
function repeated(
  { directives, memory }: Configuration,
  found: readonly Contradiction[],
): Contradiction[] {
  if (memory.perListener === null) return [];
  const gone = new Set(found.map(({ place }) => `${place.file} ${place.line}`));
  const first = new Map<string, Place>();
  return directives.flatMap(({ option, value, file, line, raw }): Contradiction[] => {
    if (!once.includes(option) || gone.has(`${file} ${line}`)) return [];
    const key = `${option} ${value}`;
    const before = first.get(key);
    if (!before) {
      first.set(key, { file, line });
      return [];
    }
    const why = `It counts for all listeners once: ${before.file}, line ${before.line}.`;
    return [{ place: { file, line }, text: raw.trim(), why }];
  });
}

/** A file's text with its contradicting lines made comments, and what takes their place. */
export function strike(text: string, file: string, found: readonly Contradiction[]): string {
  const lines = new Map(
    found.filter((one) => one.place.file === file).map((one) => [one.place.line, one]),
  );
  return text
    .split('\n')
    .flatMap((line, index) => {
      const one = lines.get(index + 1);
      return one ? [`# lockstep: ${line}`, ...(one.instead ?? [])] : [line];
    })
    .join('\n');
}
