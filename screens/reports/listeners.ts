import stringWidth from 'string-width';
import type { Listener } from '../../src/mosquitto/effective.ts';
import { type Line, pad } from '../lines.ts';
import type { Tone } from '../theme.ts';

/** Ports, what is spoken there, who gets in. */
export function listenerLines(listeners: readonly Listener[]): Line[] {
  if (listeners.length === 0)
    return [[{ text: 'No listener: nobody can connect.', tone: 'quiet' }]];
  const rows = listeners.map((listener) => ({ listener, ...lets(listener) }));
  const column = (title: string, cells: string[]): number =>
    Math.max(...[title, ...cells].map((cell) => stringWidth(cell))) + 2;
  const port = column('Port', rows.map(portOf));
  const language = column('Speaks', listeners.map(speaks));
  const admitted = column(
    'Lets in',
    rows.map(({ words }) => words),
  );
  const head = pad('Port', port) + pad('Speaks', language) + pad('Lets in', admitted);
  return [
    [{ text: `${head}From`, tone: 'quiet' }],
    ...rows.map(
      (row): Line => [
        { text: pad(portOf(row), port) },
        { text: pad(speaks(row.listener), language) },
        { text: pad(row.words, admitted), tone: row.tone },
        { text: from(row.listener) },
      ],
    ),
  ];
}

const portOf = ({ listener: { port } }: { listener: Listener }): string =>
  port === 0 ? '-' : String(port);

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
