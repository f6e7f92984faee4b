import { expect, test } from 'vitest';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Listener } from '../../../src/mosquitto/effective/listener.ts';
import { listeningSockets } from '../../../src/mosquitto/effective/listening-sockets.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { openSockets, openWords } from '../../../src/steps/reach/open.ts';
import { listenerProofs } from '../../../src/steps/run/listener-proofs.ts';
import { read } from '../../support/brokers/reading.ts';

const setup = { broker: { host: { kind: 'ssh' }, address: '192.0.2.7' } } as unknown as Setup;
const ours = '/etc/mosquitto/certs/current/root_ca.crt';

async function listeners(text: string): Promise<Listener[]> {
  return effective(await read(text, '2.0.21'), '2.0.21').listeners;
}

const mutual = (cafile: string) =>
  `listener 8883\ncafile ${cafile}\ncertfile c\nkeyfile k\nrequire_certificate true\nuse_identity_as_username true\n`;

test('every listener is knocked at, at each address, and the expectation is the configuration', async () => {
  const text = `allow_anonymous true\nlistener 1883\nlistener 1884 192.0.2.7\nlistener 1885 127.0.0.1\nlistener 0 /run/b.sock\nlistener 9001\nprotocol websockets\n${mutual(ours)}`;
  const proofs = listenerProofs(setup, await listeners(text), []);
  expect(proofs.map(({ id, expect }) => `${id} ${expect}`).sort()).toEqual([
    'listener:0@/run/b.sock:anonymous accepted',
    'listener:1883:anonymous accepted',
    'listener:1884@192.0.2.7:anonymous accepted',
    'listener:1885@127.0.0.1:anonymous accepted',
    'listener:8883:anonymous refused',
    'listener:9001:anonymous accepted',
  ]);
  expect(proofs.find(({ id }) => id.includes('1884'))?.title).toBe(
    'Port 1884 at 192.0.2.7 is open to everybody',
  );
  const closed = listenerProofs(
    setup,
    await listeners('allow_anonymous false\nlistener 1883\n'),
    [],
  );
  expect(closed.map(({ id, expect }) => `${id} ${expect}`)).toEqual([
    'listener:1883:anonymous refused',
    'listener:1883:password refused',
  ]);
});

test.each<[string, string, string[]]>([
  ['everything refuses', 'allow_anonymous false\nlistener 1883\n', []],
  [
    'open',
    'allow_anonymous true\nlistener 1883\n',
    ['1883 0.0.0.0 anonymous', '1883 0.0.0.0 password'],
  ],
  [
    'one address of several',
    'per_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\nlistener 1884\npassword_file p\n',
    ['1883 127.0.0.1 anonymous', '1883 127.0.0.1 password', '1884 0.0.0.0 password'],
  ],
  ['our certificates', mutual(ours), []],
  [
    'a shared key and a password',
    'allow_anonymous false\npassword_file p\nlistener 8884\npsk_hint x\npsk_file k\n',
    ['8884 0.0.0.0 password'],
  ],
  ["somebody else's certificates", mutual('/etc/other.crt'), ['8883 0.0.0.0 certificate']],
])('what stays open by choice: %s', async (_, text, expected) => {
  const all = openSockets(listeningSockets(await read(text, '2.0.21'), '2.0.21'), ours);
  const words = all.map(({ port, address, who }) => `${port} ${address} ${who}`);
  expect(words.filter((one) => !one.includes(' :: '))).toEqual(expected);
});

test('it is told in one sentence, each port once', () => {
  const at = (port: number, address: string, who: 'anonymous' | 'password') => ({
    port,
    address,
    who,
  });
  expect(openWords([])).toBe('');
  expect(
    openWords([
      at(1883, '0.0.0.0', 'anonymous'),
      at(1883, '::', 'anonymous'),
      at(1883, '0.0.0.0', 'password'),
      at(1884, '127.0.0.1', 'password'),
      at(0, '/run/b.sock', 'anonymous'),
    ]),
  ).toBe(
    'still open by choice: port 1883 (everybody); port 1884, its own machine only (who has a password); the socket /run/b.sock (everybody).',
  );
});
