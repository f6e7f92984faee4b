import { expect, test } from 'vitest';
import { accessText } from '../../../src/mosquitto/candidate/access.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { brokerFiles, goalOf } from '../../../src/steps/reach/goal.ts';
import { read } from '../../support/brokers/reading.ts';

const setup = (kind: 'ssh' | 'local') =>
  ({
    answers: { ...defaultAnswers(), names: ['rock-4se'] },
    broker: { host: { kind }, name: 'rock-4se', layout: { certificates: '/etc/mosquitto/certs' } },
  }) as unknown as Setup;

/** The listeners for certificates that a configuration is given, with what binds them. */
async function doors(text: string, kind: 'ssh' | 'local' = 'ssh', version = '2.0.21') {
  const goal = goalOf(setup(kind), await read(text, version));
  const parts = {
    before: [],
    plain: [],
    after: [],
    anonymous: false,
    lets: { everybody: false, names: false },
  };
  const lines = accessText(goal, parts).split('\n');
  return lines.filter((line) => /^(listener|bind)/.test(line)).join(', ');
}

// In a configuration of the real world (a router's) the port was named the old way.
test.each([
  ['one address', 'listener 1883 192.0.2.7\n', 'listener 8883 192.0.2.7'],
  ['the old way of naming it', 'port 8883\nbind_address router\n', 'listener 8883 router'],
  [
    'its own machine and the network',
    'listener 1883 127.0.0.1\nlistener 1883 192.0.2.7\n',
    'listener 8883 192.0.2.7',
  ],
  [
    'two networks',
    'listener 1883 192.0.2.7\nlistener 1883 10.0.0.1\n',
    'listener 8883 192.0.2.7, listener 8883 10.0.0.1',
  ],
  [
    'its own machine, and another port the network',
    'listener 1883 localhost\nlistener 1884 192.0.2.7\n',
    'listener 8883 192.0.2.7',
  ],
  ['an interface', 'listener 1883\nbind_interface eth0\n', 'listener 8883, bind_interface eth0'],
  ['all addresses', 'listener 1883\n', 'listener 8883'],
  // What only its own machine reaches is opened, in whatever spelling; that is told.
  ['its own machine', 'listener 1883 Localhost\n', 'listener 8883'],
  ['its own machine, in numbers', 'listener 1883 0x7f000001\n', 'listener 8883'],
  ['its own machine, in full', 'listener 1883 0:0:0:0:0:0:0:1\n', 'listener 8883'],
  [
    'an interface of websockets',
    'listener 1883 eth0\nprotocol websockets\n',
    'listener 8883, bind_interface eth0',
  ],
])('a door stays bound as it was: %s', async (_, text, expected) => {
  expect(await doors(text)).toBe(expected);
});

test('what its clients would miss or stumble over goes along to the new listener', async () => {
  const carried = async (text: string) => goalOf(setup('ssh'), await read(text, '2.0.21')).carried;
  const limits = 'mount_point site-a/\nmax_connections 9\nmax_connections 10\n';
  expect(await carried(`listener 1883\n${limits}listener 1884\nmount_point b/\n`)).toEqual([
    'mount_point site-a/',
    'max_connections 10',
  ]);
  expect(await carried('max_connections 7\nport 1883\n')).toEqual(['max_connections 7']);
  // Where others have set up the port, they give way; the listener of an earlier run stays as it is.
  const tls = (cafile: string) => `listener 8883\ncafile ${cafile}\n`;
  const moves = ['mount_point site-a/', 'max_connections 10'];
  expect(await carried(`listener 1883\n${limits}${tls('/c/theirs')}`)).toEqual(moves);
  const { current } = brokerFiles(setup('ssh'));
  expect(await carried(`listener 1883\n${limits}${tls(`${current}/root_ca.crt`)}`)).toEqual([]);
});

test('bound to its own machine it stays so, unless it is reached from another one', async () => {
  for (const text of ['listener 1883 localhost\n', 'listener 1883\nbind_interface lo\n']) {
    expect(await doors(text, 'ssh')).toBe('listener 8883');
    expect(await doors(text, 'local')).toMatch(/^listener 8883 (localhost|127\.0\.0\.1)$/);
  }
});
