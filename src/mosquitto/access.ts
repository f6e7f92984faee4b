/** What the broker is to let in, in the terms of the Harden step. */
export interface Goal {
  ports: { plain: number; tls: number };
  /**
   * What becomes of the plain port: it refuses everyone (as in the article), it serves programs on
   * the broker's own machine only, it is gone, or it stays open while devices move.
   */
  plainListener: 'refuse' | 'loopback' | 'remove' | 'open';
  minimumTls: '1.2' | '1.3';
  /** The address the listeners are bound to; left out: all of them. */
  bind?: string;
  /** The network interface they are bound to, for example `eth0`. */
  device?: string;
  certfile: string;
  keyfile: string;
  cafile: string;
}

/** Whether anonymous clients may use what is not the TLS listener. */
export const plainIsOpen = (goal: Pick<Goal, 'plainListener'>): boolean =>
  goal.plainListener === 'open' || goal.plainListener === 'loopback';

/** What access.conf says where the plain port is left open while devices move. */
export const stillOpenMark = 'STILL OPEN TO EVERYBODY, while devices move';

/**
 * The text of access.conf. `allow_anonymous` is global on purpose: `per_listener_settings` loses
 * queued messages on 2.0.12 to 2.0.22 (mosquitto#2618) and is deprecated in 2.1. The TLS listener is
 * not touched by it, because a certificate names its user there.
 */
export function accessText(goal: Goal, kept: { before: string[]; after: string[] }): string {
  const bind = goal.bind ? ` ${goal.bind}` : '';
  const device = goal.device ? [`bind_interface ${goal.device}`] : [];
  const plain = {
    refuse: [
      '# Plain MQTT: everybody is refused.',
      `listener ${goal.ports.plain}${bind}`,
      ...device,
      '',
    ],
    loopback: [
      '# Plain MQTT: for programs on this machine only.',
      `listener ${goal.ports.plain} 127.0.0.1`,
      '',
    ],
    remove: [],
    open: [
      `# Plain MQTT: ${stillOpenMark} to the TLS port.`,
      `listener ${goal.ports.plain}${bind}`,
      ...device,
      '',
    ],
  }[goal.plainListener];
  return [
    '# Written by Lockstep. "lockstep undo" puts back what was here before.',
    '',
    ...section('# Kept from before.', kept.before),
    `allow_anonymous ${plainIsOpen(goal)}`,
    '',
    ...plain,
    '# Mutual TLS: only holders of a certificate of this authority; its name is the user name.',
    `listener ${goal.ports.tls}${bind}`,
    ...device,
    `certfile ${goal.certfile}`,
    `keyfile ${goal.keyfile}`,
    `cafile ${goal.cafile}`,
    `tls_version tlsv${goal.minimumTls}`,
    'require_certificate true',
    'use_identity_as_username true',
    '',
    ...section('# Kept from before.', kept.after),
  ].join('\n');
}

const section = (title: string, lines: string[]): string[] =>
  lines.length > 0 ? [title, ...lines, ''] : [];
