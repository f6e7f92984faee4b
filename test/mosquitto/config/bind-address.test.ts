import { expect, test } from 'vitest';
import { bindingOf } from '../../../src/mosquitto/config/model/bind-address.ts';
import { doorsOf, means, versions } from '../../support/brokers/reading.ts';

const kindOf = (host: string) => bindingOf(host).kind;

/** Every byte that can be in a word of a line, as the reader has it. */
const bytes = Array.from({ length: 255 }, (_, index) => index + 1).filter(
  (byte) => byte !== 0x0a && byte !== 0x20,
);

test('of all bytes only these can be in a name that somebody is asked for', () => {
  const can = bytes.filter((byte) => kindOf(`a${String.fromCharCode(byte)}a`) === 'name');
  const ascii = String.fromCharCode(...can.filter((byte) => byte < 0x80));
  // As glibc's getaddrinfo(3) asks a name server, measured byte by byte.
  const asked = '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\\_abcdefghijklmnopqrstuvwxyz';
  expect(ascii).toBe(asked);
  // /etc/hosts may have any letters.
  expect(kindOf('bücher')).toBe('name');
});

test('whatever a blank, a control character or a comment stands at, is none', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost', 'broker.lan', '*', 'fe80::1%eth0'])
    for (const sign of ['\t', '\v', '\f', '\r', '\u0001', '\u007f', '#', ' ', ' # comment'])
      for (const one of [host + sign, sign + host])
        expect([one, kindOf(one)]).toEqual([one, 'nothing']);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.1', '127.0.0.1'],
  ['127.256', '127.0.1.0'],
  ['127.65536', '127.1.0.0'],
  ['127.0x1', '127.0.0.1'],
  ['0177.0.0.1', '127.0.0.1'],
  ['0x7f000001', '127.0.0.1'],
  ['2130706433', '127.0.0.1'],
  ['4294967295', '255.255.255.255'],
  ['0', '0.0.0.0'],
  ['::1', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::0', '::'],
  ['::1%1', '::1'],
  ['FE80::1%eth0', 'fe80::1%eth0'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
])('%s is the address %s', (host, address) => {
  expect(bindingOf(host)).toMatchObject({ kind: 'address', address });
});

test.each(['1.2.3.256', '256.1.1.1', '1.2.3.4.5', '08.0.0.1', '4294967296', '127.0.0.1.', '0x'])(
  '%s looks like an address, and is none',
  (host) => {
    expect(kindOf(host)).toBe('nothing');
  },
);

test('a name has no empty and no long part', () => {
  for (const host of ['a..b', '.a', '.', `${'a'.repeat(64)}.de`, `${'a.'.repeat(127)}de`, '-a', ''])
    expect([host, kindOf(host)]).toEqual([host, 'nothing']);
  for (const host of ['a-', 'a.-b', '_mqtt', 'a.', 'localhost.', `${'a'.repeat(63)}.de`])
    expect([host, kindOf(host)]).toEqual([host, 'name']);
});

const all = '0.0.0.0 ::';
const unresolvable = ['Error creating listener: Name or service not known.'];

test.each(versions)('listeners of %s, at what their hosts stand for', async (version) => {
  const old = version === '2.0.11';
  const ports: [config: string, doors: string[]][] = [
    ['listener 1900 *\n', [`1900 ${all} mqtt refused`]],
    ['listener 1900 *\nsocket_domain ipv4\n', ['1900 0.0.0.0 mqtt refused']],
    ['listener 1900 127.1\n', ['1900 127.0.0.1 mqtt refused']],
    ['listener 1900 0\nlistener 1900 10.1.1.1\n', ['Error: Address already in use']],
    ['listener 1900 LOCALHOST\n', ['1900 127.0.0.1 ::1 mqtt refused']],
    ['listener 1900 broker.lan # here\n', ['1900 broker.lan mqtt refused']],
    ['listener 1900 127.0.0.1\t\n', unresolvable],
    ['listener 1900 broker.lan\t\n', unresolvable],
    ['bind_address 127.1\nport 1900\n', ['1900 127.0.0.1 mqtt refused']],
    [
      'bind_address 127.0.0.1 # here\nport 1900\n',
      ['Error: Error resolving bind_address: Name or service not known.'],
    ],
    [
      'listener 1900\nbind_interface lo # here\n',
      [
        old
          ? 'Warning: Interface lo # here does not support IPv4 configuration.'
          : 'Error: Interface lo # here does not exist.',
      ],
    ],
    [
      'listener 1900 127.0.0.1\nbind_interface averyverylongname\n',
      [
        old
          ? 'Warning: Interface averyverylongname does not support IPv4 configuration.'
          : 'Error: Interface averyverylongname does not exist.',
      ],
    ],
    ['listener 1900\nbind_interface eth0:1\n', ['1900 eth0:1 mqtt refused']],
  ];
  for (const [config, doors] of ports)
    expect([config, doorsOf(await means(config, version))]).toEqual([config, doors]);
});

test('libwebsockets listens at an interface, and never at a host name', async () => {
  const at = async (host: string, version: string) => {
    const config = `listener 1901\nlistener 1900 ${host}\nprotocol websockets\n`;
    const { listeners } = await means(config, version);
    return listeners.find(({ port }) => port === 1900)?.addresses;
  };
  expect(await at('lo', '2.0.11')).toEqual(['127.0.0.1']);
  expect(await at('lo', '2.0.21')).toEqual(['127.0.0.1', '::1']);
  for (const version of ['2.0.11', '2.0.21']) {
    for (const one of ['eth0', 'eth0.10', 'enp0s31f6', 'wlan0', 'br-lan', 'tailscale0'])
      expect(await at(one, version)).toEqual([one]);
    for (const one of ['localhost', 'rock-4se', 'broker.lan', '127.1', '*'])
      expect(await at(one, version)).toBeUndefined();
  }
});

test('the later libwebsockets does not see a tab', async () => {
  const config = 'listener 1901\nlistener 1900 127.0.0.1\t\nprotocol websockets\n';
  const other = `1901 ${all} mqtt refused`;
  expect(doorsOf(await means(config, '2.0.11'))).toEqual([other]);
  expect(doorsOf(await means(config, '2.0.21'))).toEqual([
    '1900 127.0.0.1 websockets refused',
    other,
  ]);
  expect(doorsOf(await means(config, '2.1.2'))).toEqual(unresolvable);
});
