/** What the broker is to let in, in the terms of the Harden step. */
export interface Goal {
  /** `plain`: null where nothing listens without TLS; none is opened then. */
  ports: { plain: number | null; tls: number };
  /**
   * What becomes of the plain port: it refuses everyone (as in the article), it serves programs on
   * the broker's own machine only, it is gone, or it stays open while devices move.
   */
  plainListener: 'refuse' | 'loopback' | 'remove' | 'open';
  /** Nobody got in there without a name before: so nobody will, whatever the choice. */
  named?: boolean;
  minimumTls: '1.2' | '1.3';
  /** Where the TLS listener is bound; at least one. */
  binds: Bound[];
  certfile: string;
  keyfile: string;
  cafile: string;
  /** Their authority, which the cafile has beside ours: the file that named it before. */
  keptAuthority?: string;
  /** Files of another set-up have the names of ours until now; they are `is` (both end in `/`). */
  until?: { named: string; is: string };
  /** Settings that the TLS listener takes over from the one whose clients move to it, as lines. */
  carried: string[];
  /** What judges the clients of a kept authority, where each listener has that for itself, as lines. */
  rules?: string[];
}

/** An address or a network interface (for example `eth0`) that a listener is bound to; neither: all. */
export interface Bound {
  address?: string;
  device?: string;
  /** Of one family only: `ipv4` or `ipv6` (socket_domain). */
  family?: string;
}

/** What a file is until now that has one of our names, where those are another set-up's. */
export const untilNow = (file: string, { until }: Goal): string =>
  until && file.startsWith(until.named) ? until.is + file.slice(until.named.length) : file;

/** Whether anonymous clients may go on using the plain port. */
export const plainIsOpen = ({ ports, plainListener, named }: Goal): boolean =>
  ports.plain !== null && !named && (plainListener === 'open' || plainListener === 'loopback');

/** Where the plain port is to let in nobody, no other lets in everybody, either. */
export const closesAll = ({ plainListener }: Goal): boolean =>
  plainListener === 'refuse' || plainListener === 'remove';

/** What access.conf says where the plain port is left open while devices move. */
export const stillOpenMark = 'STILL OPEN TO EVERYBODY, while devices move';

/** Whether an access.conf was written by this program. */
export const isOurs = (text: string): boolean => text.startsWith('# Written by Lockstep');

/** The plain port that access.conf was written for; undefined where it does not tell. */
export function plainPortIn(text: string): number | null | undefined {
  const told = /^# Plain MQTT here: (none|port (\d{1,5}))[.:]/m.exec(text);
  return told === null ? undefined : told[2] === undefined ? null : Number(told[2]);
}

/** What stands in access.conf besides the TLS listener. */
export interface Parts {
  /** Kept from before: what belongs to no listener. */
  before: string[];
  /** The plain port's listeners, as far as they stand in this file. */
  plain: string[];
  /** Kept from before: other listeners, each with what belongs to it. */
  after: string[];
  /** `allow_anonymous` for all listeners; null where each has its own. */
  anonymous: boolean | null;
  /** Who gets in at the plain port: everybody, or (`names`) who has a password. */
  lets: { everybody: boolean; names: boolean };
}

/**
 * The text of access.conf. `allow_anonymous` is global where it can be: `per_listener_settings` loses
 * queued messages on 2.0.12 to 2.0.22 (mosquitto#2618) and is deprecated in 2.1. The TLS listener is
 * not touched by it, because a certificate names its user there.
 */
export function accessText(goal: Goal, parts: Parts): string {
  return [
    '# Written by Lockstep. "lockstep undo" puts back what was here before.',
    `# Plain MQTT here: ${plainWords(goal, parts)}.`,
    '',
    ...section('# Kept from before.', parts.before),
    ...(parts.anonymous === null ? [] : [`allow_anonymous ${parts.anonymous}`, '']),
    ...section('# Plain MQTT.', parts.plain),
    '# Mutual TLS: only holders of a certificate of this authority; its name is the user name.',
    ...goal.binds.flatMap((bound) => [
      ...tlsListener(goal, bound),
      ...(parts.anonymous === null ? (goal.rules ?? []) : []),
      '',
    ]),
    ...section('# Kept from before.', parts.after),
  ].join('\n');
}

function plainWords({ ports, plainListener }: Goal, { lets }: Parts): string {
  if (ports.plain === null) return 'none';
  const others = lets.names ? 'nobody without a name and password' : 'everybody is refused';
  const who = {
    refuse: others,
    loopback: `programs on this machine only${lets.everybody ? '' : `, ${others}`}`,
    open: lets.everybody ? stillOpenMark : others,
    remove: 'nothing listens',
  }[plainListener];
  return `port ${ports.plain}: ${who}`;
}

function tlsListener(goal: Goal, { address, device, family }: Bound): string[] {
  return [
    `listener ${goal.ports.tls}${address === undefined ? '' : ` ${address}`}`,
    ...(device === undefined ? [] : [`bind_interface ${device}`]),
    ...(family === undefined ? [] : [`socket_domain ${family}`]),
    `certfile ${goal.certfile}`,
    `keyfile ${goal.keyfile}`,
    `cafile ${goal.cafile}`,
    `tls_version tlsv${goal.minimumTls}`,
    'require_certificate true',
    'use_identity_as_username true',
    ...goal.carried,
  ];
}

const section = (title: string, lines: string[]): string[] =>
  lines.length > 0 ? [title, ...lines, ''] : [];
