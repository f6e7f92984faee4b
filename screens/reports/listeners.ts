import type { Listener } from '../../src/mosquitto/effective.ts';
import { type Line, pad } from '../lines.ts';
import type { Tone } from '../theme.ts';

/** Ports, what is spoken there, who gets in. */
export function listenerLines(listeners: readonly Listener[]): Line[] {
  if (listeners.length === 0)
    return [[{ text: 'No listener: nobody can connect.', tone: 'quiet' }]];
  return [
    [{ text: `${pad('Port', 7)}${pad('Speaks', 17)}${pad('Lets in', 22)}From`, tone: 'quiet' }],
    ...listeners.map((listener): Line => {
      const { words, tone } = lets(listener);
      return [
        { text: pad(listener.port === 0 ? '-' : String(listener.port), 7) },
        { text: pad(speaks(listener), 17) },
        { text: pad(words, 22), tone },
        { text: from(listener) },
      ];
    }),
  ];
}

const speaks = ({ protocol, tls, minimumTls }: Listener): string =>
  `${protocol}, ${tls ? `TLS ${minimumTls ?? '?'}` : 'plain'}`;

function lets(listener: Listener): { words: string; tone: Tone } {
  if (listener.requiresClientCertificate) return { words: 'certificate holders', tone: 'good' };
  if (listener.anonymous === 'accepted') return { words: 'anybody', tone: 'bad' };
  return listener.settings.passwordFile
    ? { words: 'who has a password', tone: 'plain' }
    : { words: 'nobody', tone: 'plain' };
}

function from({ addresses }: Listener): string {
  if (addresses.every((address) => address.startsWith('127.') || address === '::1'))
    return "the broker's machine";
  if (addresses.some((address) => /^(0\.0\.0\.0|::|::\(dual\))$/.test(address)))
    return 'everywhere';
  return addresses.join(' ');
}
