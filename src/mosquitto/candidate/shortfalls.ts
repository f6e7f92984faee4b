import { behaviourOf } from '../config/model/behaviour.ts';
import type { Place } from '../config/model/place.ts';
import type { Cell } from '../effective/access-table.ts';
import { opensToAll } from '../effective/admits.ts';
import type { Effective, Listener } from '../effective/listener.ts';
import { isLocalOnly } from '../effective/sockets.ts';
import { closesAll, type Goal, plainIsOpen } from './access.ts';

/** In what a configuration falls short of the goal, one sentence each; empty when it reaches it. */
export function shortfalls(effective: Effective, goal: Goal): string[] {
  if (!effective.loads)
    return [
      `The broker would not start: ${(effective.firstError ?? 'it does not say why').replace(/\.$/, '')}${decidedBy(effective.firstErrorAt)}.`,
    ];
  const { plain, tls } = goal.ports;
  const opened = effective.listeners.filter((one) => one.port === tls);
  return [
    ...opened.flatMap((listener) => tlsShortfalls(listener, goal)),
    ...(opened.length === 0 ? [`Nothing would listen on port ${tls}.`] : []),
    ...effective.listeners
      .filter((one) => one.port !== tls && opensToAll(one) && closesAll(goal))
      .map((one) => `Port ${one.port} would let anybody in (${one.at.file}, line ${one.at.line}).`),
    ...plainShortfalls(effective.listeners, plain, goal),
    ...effective.listeners.filter(isNowhere).map(unseen),
    ...effective.listeners.filter(isProxied).map(behindProxy),
    ...effective.listeners.filter(takesBoth).map(notKnown),
  ];
}

/** libwebsockets before 2.1 takes a unix socket for a port that the system chooses, and tells nobody. */
const isNowhere = ({ port, protocol }: Listener): boolean => port === 0 && protocol !== 'unix';

/** By which of both a client is let in, and under what name, hangs on what it offers first. */
const takesBoth = ({ settings: { keys, certfile, keyfile } }: Listener): boolean =>
  keys === true && certfile !== undefined && keyfile !== undefined;

const notKnown = ({ at }: Listener): string =>
  `Whom the listener of ${at.file}, line ${at.line}, lets in is not known: it takes certificates and pre-shared keys at once. Give the keys a port of their own first.`;

const isProxied = ({ settings, settingsAt }: Listener): boolean =>
  [settings, ...Object.values(settingsAt ?? {})].some(({ proxied }) => proxied);

const behindProxy = ({ at }: Listener): string =>
  `Whom the listener of ${at.file}, line ${at.line}, lets in could not be seen: it speaks to a proxy only (enable_proxy_protocol).`;

const unseen = ({ at }: Listener): string =>
  `Whom the listener of ${at.file}, line ${at.line}, lets in could not be seen: before 2.1, websockets at a unix socket open a port that the system chooses. Give it a port of its own first.`;

function tlsShortfalls(listener: Listener, goal: Goal): string[] {
  const wrong: string[] = [];
  if (!listener.tls) wrong.push('would not be encrypted');
  if (!listener.requiresClientCertificate) wrong.push('would not ask for a certificate');
  if (listener.tls && listener.minimumTls === null)
    wrong.push(
      `could not speak TLS ${goal.minimumTls}: a listener with a pre-shared key (PSK) keeps this version of the broker from it; choose TLS 1.2`,
    );
  else if (listener.minimumTls !== goal.minimumTls)
    wrong.push(`would accept TLS ${listener.minimumTls}`);
  if (listener.minimumTls !== null && listener.anonymous === 'refused')
    wrong.push(`would refuse holders of a certificate, too${decidedBy(listener.anonymousAt)}`);
  if (listener.settings.certfile !== goal.certfile) wrong.push('would show another certificate');
  if (listener.settings.cafile !== goal.cafile) wrong.push('would trust another authority');
  return wrong.map((what) => `Port ${listener.port} ${what}.`);
}

/** The line at fault, such as `clientid_prefixes`, without which every client of ours would be let in. */
const decidedBy = (at: Place | null | undefined): string =>
  at ? ` (${at.file}, line ${at.line})` : '';

function plainShortfalls(listeners: Listener[], port: number | null, goal: Goal): string[] {
  const there = listeners.filter((one) => one.port === port);
  if (goal.plainListener === 'remove')
    return there.length > 0 ? [`Port ${port} would stay open.`] : [];
  const outward = there.some(({ addresses }) => !addresses.every(isLocalOnly));
  return outward && goal.plainListener === 'loopback'
    ? [
        `Port ${port} would be reached from the network all the same: this version of the broker listens at all addresses there (websockets).`,
      ]
    : [];
}

/** Who would be let in that is not let in now: the choice cannot be had; a sentence for each listener. */
export function wouldLoosen(cells: readonly Cell[]): string[] {
  return cells.map(({ listener, who }) => {
    const where = listener.port === 0 ? listener.address : `Port ${listener.port}`;
    return `${where} would let in ${letIn[who]}, and does not today.`;
  });
}

/** Why a choice opens more than its own port, and what to choose instead; empty where it does not. */
export function loosensBecause(cells: readonly Cell[], goal: Goal, version: string): string[] {
  const forAll = plainIsOpen(goal) && behaviourOf(version).generation === '2.0';
  return forAll && cells.some(({ who }) => who === 'anonymous')
    ? [
        `On Mosquitto ${version} allow_anonymous counts for all listeners: while port ${goal.ports.plain} is open to everybody, the others are, too. Choose "refuses everyone" or "removed" (plainListener: refuse, remove).`,
      ]
    : [];
}

/** Who is let in, in a sentence. */
export const letIn: Readonly<Record<Cell['who'], string>> = {
  anonymous: 'everybody',
  password: 'who has a password',
  certificate: 'who has a certificate of its authority',
  plugin: 'who has a name at the plugin',
};
