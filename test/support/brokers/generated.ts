import fc from 'fast-check';
import type { Tree } from '../advice/following.ts';
import { main } from './reading.ts';

// Configurations as people put them together: doors of every kind, who may come in, and lines that
// stand in the wrong place, are written twice, or are not written as the broker wants them.

const who = [
  ...['allow_anonymous true', 'allow_anonymous false', 'password_file /k/pw', 'acl_file /k/acl'],
  ...['password_file /k/other', 'psk_file /k/psk', 'plugin /k/plugin.so', 'clientid_prefixes x-'],
  ...['listener_allow_anonymous true', 'use_username_as_clientid true', 'user root'],
  ...['plugin /k/mosquitto_persist_sqlite.so', 'plugin /k/mosquitto_acl_file.so'],
];
const door = [
  ...['listener 1883', 'listener 1884', 'listener 1883 127.0.0.1', 'listener 8883', 'port 1883'],
  ...['bind_address 127.0.0.1', 'listener 0 /run/m.sock', 'listener 9001 0.0.0.0', 'listener 883'],
];
const kind = [
  ...['protocol websockets', 'socket_domain ipv4', 'max_connections 9', 'psk_hint h'],
  ...['certfile /k/s.crt', 'keyfile /k/s.key', 'cafile /k/ca.crt', 'crlfile /k/ca.crl'],
  ...['require_certificate true', 'require_certificate false', 'use_identity_as_username true'],
  ...['use_subject_as_username true', 'tls_version tlsv1.3', 'tls_version tlsv1.1'],
  ...['capath /k/ca', 'listener 9002\nprotocol websockets', 'listener 443\nprotocol websockets'],
];
const slips = [
  ...['allow_anonymous\ttrue', 'allow_anonymous = yes', 'Allow_Anonymous true', ' # remark'],
  ...['password_file /k/pw # all', 'password_file "/k/pw"', 'nonsense 1', 'tls_version TLSv1.2'],
  ...['include_dir /etc/mosquitto/conf.d ', 'listener 1883\t', 'persistence yes', 'listener x'],
  ...['include_dir  /etc/mosquitto/conf.d', 'acl_file # none', 'bind_interface lo # only here'],
  ...[
    'certfile "/k/s.crt"',
    'acl_fil /k/acl',
    'listener 1884 "127.0.0.1"',
    'listener 1885 fe80::1',
  ],
  ...['socket_domain inet', 'require_certificate on', 'password_file', 'plugin /k/x.so # all'],
  ...['requir_certificate true', 'alow_anonymous true', 'clientid_prefixes x- # ours'],
  ...['persistence true', 'persistence false', 'capath /k/ca # ours', 'listener 9001 ::0'],
];
const pair = fc.constant('certfile /k/s.crt\nkeyfile /k/s.key\ncafile /k/ca.crt');
const line = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...who) },
  { weight: 4, arbitrary: fc.constantFrom(...door) },
  { weight: 5, arbitrary: fc.constantFrom(...kind) },
  { weight: 2, arbitrary: pair },
  { weight: 1, arbitrary: fc.constantFrom(...slips) },
);
const lines = (maxLength: number) =>
  fc.array(line, { maxLength }).map((all) => all.map((one) => `${one}\n`).join(''));
const perListener = fc.constantFrom('', '', 'per_listener_settings true\n');
const include = fc.constantFrom('', 'include_dir /etc/mosquitto/conf.d\n');

/** A main file, and one that it includes somewhere. */
export const generated: fc.Arbitrary<Tree> = fc
  .tuple(perListener, lines(7), include, lines(3), lines(4))
  .map(
    ([own, before, folder, after, included]) =>
      new Map([
        [main, own + before + folder + after],
        ['/etc/mosquitto/conf.d/a.conf', included],
      ]),
  );
