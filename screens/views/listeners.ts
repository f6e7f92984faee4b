import stringWidth from 'string-width';
import { opensToAll, takesAnyName } from '../../src/mosquitto/effective/admits.ts';
import type { Listener } from '../../src/mosquitto/effective/listener.ts';
import { type Line, pad } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';

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
  const { admits, requiresClientCertificate } = listener;
  if (requiresClientCertificate)
    return {
      words:
        admits?.lets.password && !admits.lets.certificate
          ? 'certificate and password'
          : 'certificate holders',
      tone: 'good',
    };
  if (opensToAll(listener)) return { words: 'anybody', tone: 'bad' };
  if (takesAnyName(listener)) return { words: 'any name', tone: 'bad' };
  const words = [
    ...(admits?.keyAndName ? ['a shared key and a name'] : []),
    ...(admits?.lets.password ? [admits.byKey ? 'a shared key' : 'a password'] : []),
    ...(admits?.lets.plugin ? ['a name at a plugin'] : []),
    ...(admits?.lets.certificate ? ['a certificate'] : []),
  ];
  return { words: words.length > 0 ? `who has ${words.join(' or ')}` : 'nobody', tone: 'plain' };
}

function from({ addresses }: Listener): string {
  if (addresses.every((address) => address.startsWith('127.') || address === '::1'))
    return "the broker's machine";
  if (addresses.some((address) => /^(0\.0\.0\.0|::|::\(dual\))$/.test(address)))
    return 'everywhere';
  return addresses.join(' ');
}
