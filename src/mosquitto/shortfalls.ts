import { clean } from '../clean.ts';
import { type Goal, plainIsOpen } from './access.ts';
import type { Effective, Listener, Place } from './effective.ts';

/** In what a configuration falls short of the goal, one sentence each; empty when it reaches it. */
export function shortfalls(effective: Effective, goal: Goal): string[] {
  if (!effective.loads)
    return [
      `The broker would not start: ${effective.firstError ?? 'it does not say why'}${decidedBy(effective.firstErrorAt)}`,
    ];
  const { plain, tls } = goal.ports;
  const door = effective.listeners.find((one) => one.port === tls);
  return [
    ...(door ? tlsShortfalls(door, goal) : [`Nothing would listen on port ${tls}.`]),
    ...effective.listeners
      .filter((one) => one.port !== tls && one.anonymous === 'accepted')
      .filter((one) => !one.requiresClientCertificate && !plainIsOpen(goal))
      .map((one) => `Port ${one.port} would let anybody in (${one.at.file}, line ${one.at.line}).`),
    ...plainShortfalls(effective.listeners, plain, goal),
  ];
}

function tlsShortfalls(door: Listener, goal: Goal): string[] {
  const wrong: string[] = [];
  if (!door.tls) wrong.push('would not be encrypted');
  if (!door.requiresClientCertificate) wrong.push('would not ask for a certificate');
  if (door.tls && door.minimumTls === null)
    wrong.push(
      `could not speak TLS ${goal.minimumTls}: a listener with a pre-shared key (PSK) keeps this version of the broker from it; choose TLS 1.2`,
    );
  else if (door.minimumTls !== goal.minimumTls) wrong.push(`would accept TLS ${door.minimumTls}`);
  if (door.minimumTls !== null && door.anonymous === 'refused')
    wrong.push(`would refuse holders of a certificate, too${decidedBy(door.anonymousAt)}`);
  if (door.clientIdPrefix) {
    const { prefix, at } = door.clientIdPrefix;
    wrong.push(
      `would let in only clients whose id begins with "${clean(prefix, 60)}"${decidedBy(at)}`,
    );
  }
  if (door.settings.certfile !== goal.certfile) wrong.push('would show another certificate');
  if (door.settings.cafile !== goal.cafile) wrong.push('would trust another authority');
  return wrong.map((what) => `Port ${door.port} ${what}.`);
}

/** The line at fault, such as `clientid_prefixes`, without which every client of ours would be let in. */
const decidedBy = (at: Place | null | undefined): string =>
  at ? ` (${at.file}, line ${at.line})` : '';

function plainShortfalls(listeners: Listener[], port: number, goal: Goal): string[] {
  const there = listeners.some((one) => one.port === port);
  if (there === (goal.plainListener !== 'remove')) return [];
  return [there ? `Port ${port} would stay open.` : `Nothing would listen on port ${port}.`];
}
