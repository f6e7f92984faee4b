import { describe, expect, test } from 'vitest';
import { doorsOf, means, versions } from '../../support/brokers/reading.ts';

const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';
const mutual = `${tls}cafile /k/ca.crt\nrequire_certificate true\n`;

interface Case {
  says: string;
  config: string | Record<string, string>;
  /** For all versions, or for 2.0.11, 2.0.21 and 2.1.2. */
  doors: string[] | [string[], string[], string[]];
}

const all = '0.0.0.0 ::';
const here = '127.0.0.1 ::1';

const cases: Case[] = [
  {
    says: 'nothing configured: this machine only, anonymous',
    config: '# only a comment\n',
    doors: [`1883 ${here} mqtt accepted`],
  },
  {
    says: 'a listener alone refuses',
    config: 'listener 1900\n',
    doors: [`1900 ${all} mqtt refused`],
  },
  {
    says: 'allow_anonymous under one listener counts for all, the last one wins',
    config: 'listener 1900\nallow_anonymous false\nlistener 1901\nallow_anonymous true\n',
    doors: [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt accepted`],
  },
  {
    says: 'allow_anonymous false without a listener is obeyed since 2.0.21',
    config: 'allow_anonymous false\n',
    doors: [
      [`1883 ${here} mqtt accepted`],
      [`1883 ${here} mqtt refused`],
      [`1883 ${here} mqtt refused`],
    ],
  },
  {
    says: 'the set-up this program makes',
    config: `allow_anonymous false\nlistener 1883\nlistener 8883\n${mutual}use_identity_as_username true\ntls_version tlsv1.3\n`,
    doors: [`1883 ${all} mqtt refused`, `8883 ${all} mqtt tls 1.3 certificate accepted`],
  },
  {
    says: 'a certificate without identity is no login',
    config: `listener 8883\n${mutual}`,
    doors: [`8883 ${all} mqtt tls 1.2 certificate refused`],
  },
  {
    says: 'an identity that is never asked for refuses everybody',
    config: `allow_anonymous true\nlistener 8883\n${tls}use_identity_as_username true\n`,
    doors: [`8883 ${all} mqtt tls 1.2 refused`],
  },
  {
    says: 'half a pair is plain text before 2.0.21',
    config: 'allow_anonymous true\nlistener 8883\ncertfile /k/s.crt\n',
    doors: [
      [`8883 ${all} mqtt accepted`],
      ['Error: Both certfile and keyfile must be provided to enable a TLS listener.'],
      ['Error: Both certfile and keyfile must be provided to enable a TLS listener.'],
    ],
  },
  {
    says: 'with per_listener_settings each listener answers for itself',
    config:
      'per_listener_settings true\nlistener 1900\nallow_anonymous true\nlistener 1901\npassword_file /k/pw\n',
    doors: [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt refused`],
  },
  {
    says: '2.0 forgets to refuse on the default listener then',
    config: 'per_listener_settings true\nport 1900\n',
    doors: [
      [`1900 ${all} mqtt accepted`],
      [`1900 ${all} mqtt accepted`],
      [`1900 ${all} mqtt refused`],
    ],
  },
  {
    says: 'a setting before any listener opens 1883 beside the others',
    config: 'max_connections 7\nallow_anonymous true\nlistener 1900 127.0.0.1\n',
    doors: [`1883 ${all} mqtt accepted`, '1900 127.0.0.1 mqtt accepted'],
  },
  {
    says: 'alone, it opens 1883 to everybody until 2.0.11',
    config: 'max_connections 7\nallow_anonymous false\n',
    doors: [
      [`1883 ${all} mqtt accepted`],
      [`1883 ${here} mqtt refused`],
      [`1883 ${here} mqtt refused`],
    ],
  },
  {
    says: 'a number that is none is no number in 2.1, and the default in 2.0',
    config: 'max_qos 2x\nlistener 1900\n',
    doors: [
      [`1900 ${all} mqtt refused`],
      [`1900 ${all} mqtt refused`],
      ["Error: 'max_qos' value not a number."],
    ],
  },
  {
    says: 'hexadecimal and octal are numbers in 2.1',
    config: 'listener 0x76c\nlistener 03555\n',
    doors: [
      ['Error: A listener with port 0 must provide a Unix socket path.'],
      ['Error: A listener with port 0 must provide a Unix socket path.'],
      [`1900 ${all} mqtt refused`, `1901 ${all} mqtt refused`],
    ],
  },
  {
    says: 'one port twice',
    config: 'listener 1900 127.0.0.1\nlistener 1900\n',
    doors: ['Error: Address already in use'],
  },
  {
    says: 'ports below 1024 are for root',
    config: 'listener 80\n',
    doors: ['Error: Permission denied'],
  },
  {
    says: 'and root may have them',
    config: 'user root\nlistener 80\n',
    doors: [`80 ${all} mqtt refused`],
  },
  {
    says: 'one port on two addresses is one door',
    config: 'allow_anonymous true\nlistener 1900 127.0.0.1\nlistener 1900 10.0.0.1\n',
    doors: ['1900 127.0.0.1 10.0.0.1 mqtt accepted'],
  },
  {
    says: 'one port on two addresses that differ is two',
    config:
      'per_listener_settings true\nlistener 1900 127.0.0.1\nallow_anonymous true\nlistener 1900 10.0.0.1\n',
    doors: ['1900 127.0.0.1 mqtt accepted', '1900 10.0.0.1 mqtt refused'],
  },
  {
    says: 'families',
    config: 'listener 1900\nsocket_domain ipv6\nlistener 1900\nsocket_domain ipv4\n',
    doors: ['1900 :: 0.0.0.0 mqtt refused'],
  },
  {
    says: 'unix sockets are doors of their own',
    config: 'allow_anonymous true\nlistener 0 /run/a.sock\nlistener 0 /run/b.sock\n',
    doors: ['0 /run/a.sock unix accepted', '0 /run/b.sock unix accepted'],
  },
  {
    // Seen on 2.0.11, 2.0.21 and 2.1.2.
    says: 'a unix socket is that of the last listener that names it',
    config:
      'per_listener_settings true\nlistener 0 /run/a.sock\nallow_anonymous true\nlistener 0 /run/a.sock\n',
    doors: ['0 /run/a.sock unix refused'],
  },
  {
    says: 'websockets: addresses by version',
    config: 'listener 1900\nlistener 1901 127.0.0.1\nprotocol websockets\n',
    doors: [
      [`1900 ${all} mqtt refused`, '1901 ::(dual) websockets refused'],
      [`1900 ${all} mqtt refused`, '1901 127.0.0.1 websockets refused'],
      [`1900 ${all} mqtt refused`, '1901 127.0.0.1 websockets refused'],
    ],
  },
  {
    says: 'websockets before 2.1 ignore tls_version, right or wrong',
    config: `listener 1900\nlistener 1901\nprotocol websockets\n${tls}tls_version nonsense\n`,
    doors: [
      [`1900 ${all} mqtt refused`, '1901 ::(dual) websockets tls 1.2 refused'],
      [`1900 ${all} mqtt refused`, `1901 ${all} websockets tls 1.2 refused`],
      ['Error: Unsupported tls_version "nonsense".'],
    ],
  },
  {
    says: 'websockets with a key alone',
    config: 'listener 1900\nlistener 1901\nprotocol websockets\nkeyfile /k/s.key\n',
    doors: [
      ['Error: Unable to create websockets listener on port 1901.'],
      ['Error: Both certfile and keyfile must be provided to enable a TLS listener.'],
      ['Error: Both certfile and keyfile must be provided to enable a TLS listener.'],
    ],
  },
  {
    says: 'per_listener_settings can be taken back in 2.0, not in 2.1',
    config:
      'per_listener_settings true\nper_listener_settings false\nlistener 1900\nallow_anonymous true\nlistener 1901\n',
    doors: [
      [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt accepted`],
      [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt accepted`],
      [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt refused`],
    ],
  },
  {
    says: 'an old plugin decides alone, a new one has no say by itself',
    config:
      'allow_anonymous true\nlistener 1900\nplugin /k/p.so\nlistener 1901\nauth_plugin /k/q.so\n',
    doors: [`1900 ${all} mqtt refused`, `1901 ${all} mqtt refused`],
  },
  {
    says: '2.1: allow_anonymous of one listener',
    config: 'allow_anonymous false\nlistener 1900\nlistener_allow_anonymous true\nlistener 1901\n',
    doors: [
      ['Error: Unknown configuration variable "listener_allow_anonymous".'],
      ['Error: Unknown configuration variable "listener_allow_anonymous".'],
      [`1900 ${all} mqtt accepted`, `1901 ${all} mqtt refused`],
    ],
  },
  {
    says: 'a file of shared keys takes TLS 1.3 from all, used or not, but for the oldest',
    config: `psk_file /k/psk\nlistener 8883\n${tls}tls_version tlsv1.3\n`,
    doors: [
      [`8883 ${all} mqtt tls 1.3 refused`],
      [`8883 ${all} mqtt tls null refused`],
      [`8883 ${all} mqtt tls null refused`],
    ],
  },
  {
    says: 'one that belongs to another listener does not',
    config: `per_listener_settings true\nlistener 8884\npsk_hint h\npsk_file /k/psk\nlistener 8883\n${tls}tls_version tlsv1.3\n`,
    doors: [`8883 ${all} mqtt tls 1.3 refused`, `8884 ${all} mqtt tls 1.2 refused`],
  },
  {
    says: 'a shared key takes TLS 1.3 from the others, but for the oldest',
    config: `listener 8884\npsk_hint h\nlistener 8883\n${tls}tls_version tlsv1.3\npsk_file /k/psk\n`,
    doors: [
      [`8883 ${all} mqtt tls 1.3 refused`, `8884 ${all} mqtt tls 1.2 refused`],
      [`8883 ${all} mqtt tls null refused`, `8884 ${all} mqtt tls 1.2 refused`],
      ['Error: Cannot use both certificate and psk encryption in a single listener.'],
    ],
  },
];

describe.each(versions.map((version, index) => ({ version, index })))(
  'a broker $version',
  ({ version, index }) => {
    test.each(cases)('$says', async ({ config, doors }) => {
      const expected = Array.isArray(doors[0]) ? doors[index] : doors;
      expect(doorsOf(await means(config, version))).toEqual(expected);
    });
  },
);

test('a listener knows the lines that opened it and that decide about it', async () => {
  const { listeners } = await means({
    'mosquitto.conf': 'include_dir /etc/mosquitto/conf.d\n',
    'conf.d/a.conf': '\nlistener 1900\npassword_file /k/pw\n',
    'conf.d/b.conf': 'allow_anonymous true\n',
  });
  expect(listeners[0]).toMatchObject({
    at: { file: '/etc/mosquitto/conf.d/a.conf', line: 2 },
    anonymousAt: { file: '/etc/mosquitto/conf.d/b.conf', line: 1 },
    settings: { passwordFile: '/k/pw', useIdentityAsUsername: false },
  });
});

test('versions before 2.0, and what is no version, are refused with a reason', async () => {
  await expect(means('', '1.6.12')).rejects.toThrow('Mosquitto 1.6 is not supported.');
  await expect(means('', 'latest')).rejects.toThrow('not a Mosquitto version: latest');
  expect(doorsOf(await means('', '2.0.18-1build3'))).toEqual([`1883 ${here} mqtt accepted`]);
});
