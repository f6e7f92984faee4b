import { Trouble } from '../../../errors/trouble.ts';
import { clean } from '../../../text/clean.ts';

/**
 * How one version of Mosquitto reads its configuration and acts on it, where versions differ.
 * Every version threshold of the reader is in this file. Sources: Mosquitto's change log, and for
 * 2.0.11, 2.0.21 and 2.1.2 the real brokers.
 */
export interface Behaviour {
  version: string;
  /** 2.1 rewrote the reader: other words, the default listener made on demand, strict numbers. */
  generation: '2.0' | '2.1';
  /** Until 2.0.11 a NUL at the start of a line is like one inside it; later the line is skipped. */
  leadingNulCuts: boolean;
  /** Until 2.0.11 a listener setting without any listener opened 1883 to everybody (#2283). */
  loneSettingOpens1883: boolean;
  /** Until 2.0.20 `allow_anonymous` was ignored when only this machine could connect (#3198). */
  localOnlyIsAnonymous: boolean;
  /** Since 2.0.21 half a certificate pair is an error; before, the listener was plain text. */
  refusesHalfPair: boolean;
  /** Lowest TLS without `tls_version`: 1.1 until 2.0.15 (#2722). */
  lowestTls: '1.1' | '1.2';
  /** From 2.0.12 on: a `psk_file` takes TLS 1.3 from every listener that it holds for, used or not. */
  pskEndsTls13: boolean;
  /** 2.1 has websockets of its own; before, libwebsockets has its own ideas of addresses and TLS. */
  ownWebsockets: boolean;
  /**
   * The libwebsockets that goes with 2.0.11 (Debian 12, Ubuntu 22.04) opens one IPv6 socket for
   * everything, and a broker with nothing else does not start; later ones open one per family.
   */
  dualWebsockets: boolean;
  /** 2.0.12 to 2.0.22: `per_listener_settings` loses queued messages (#2618). */
  perListenerLosesMessages: boolean;
  /**
   * 2.0.21: hangs up on clients whose keepalive is `max_keepalive`, and takes everybody for one of 60 seconds who has
   * not yet said how he connects (#3226, #3286).
   */
  dropsAtMaxKeepalive: boolean;
}

/**
 * The behaviour of a version such as `2.0.11` (text after the three numbers is ignored).
 * Throws a Trouble for what is not a version and for versions before 2.0, which read and serve
 * differently. Versions after 2.1 are taken to be like 2.1.
 */
export function behaviourOf(version: string): Behaviour {
  const parts = /^\s*(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (parts === null) {
    throw new Trouble(`This is not a Mosquitto version: ${clean(version, 60)}`, {
      next: 'Give it as three numbers, for example 2.0.11.',
      exitCode: 2,
    });
  }
  const [major, minor, patch] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  if (major < 2) {
    throw new Trouble(`Mosquitto ${major}.${minor} is not supported.`, {
      likely: 'Before 2.0 a broker is open to everybody unless told otherwise.',
      next: 'Update the broker to 2.0 or later.',
    });
  }
  const is20 = major === 2 && minor === 0;
  const before = (limit: number) => is20 && patch < limit;
  return {
    version: `${major}.${minor}.${patch}`,
    generation: is20 ? '2.0' : '2.1',
    leadingNulCuts: before(12),
    loneSettingOpens1883: before(12),
    localOnlyIsAnonymous: before(21),
    refusesHalfPair: !before(21),
    lowestTls: before(16) ? '1.1' : '1.2',
    pskEndsTls13: !before(12),
    ownWebsockets: !is20,
    dualWebsockets: before(12),
    perListenerLosesMessages: is20 && patch >= 12 && patch <= 22,
    dropsAtMaxKeepalive: is20 && patch === 21,
  };
}

/** Whether a broker version is `since` or later; both as three numbers. */
export function isAtLeast(version: string, since: string): boolean {
  const a = version.split('.').map(Number);
  const b = since.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
