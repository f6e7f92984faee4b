import { secondAuthority } from '../corpus/named-files.ts';
import type { Making } from './making.ts';
import { securityOf } from './security.ts';

/** The blocks of all listeners; none in a broker for its own machine only. */
export function listenersOf(making: Making): string[][] {
  const { dice } = making;
  if (dice.likely(0.06)) return [];
  const blocks = [
    ...plain(making),
    ...(dice.likely(0.35) ? [tls(making, 8883)] : []),
    ...(dice.likely(0.2) ? [tls(making, 8884)] : []),
    ...(dice.likely(0.25) ? [websockets(making)] : []),
    ...(dice.likely(0.12) ? [unix(making)] : []),
  ];
  // 2.0.11 does not start with websockets alone.
  if (blocks.every((block) => block.includes('protocol websockets')))
    blocks.push(['listener 1883']);
  return blocks.map((block) => [...block, ...(making.perListener ? securityOf(making) : [])]);
}

/** One at 1883, or at another port, or at several; at all addresses or at one, or at one each. */
function plain({ dice, beside }: Making): string[][] {
  if (beside) return [[`listener 1883 ${dice.one(['LAN', '10.1.1.1'])}`]];
  const ports = dice.one([[1883], [1883], [1883], [2883], [1883, 1884], [2883, 2884], []]);
  return ports.flatMap((port) => {
    const addresses = dice.one([
      [''],
      [''],
      [''],
      [' 127.0.0.1'],
      [' localhost'],
      [' LAN'],
      [' 127.0.0.1', ' LAN'],
      [' 10.1.1.1'],
    ]);
    return addresses.map((address) => [`listener ${port}${address}`, ...limits(dice)]);
  });
}

function limits(dice: Making['dice']): string[] {
  return [
    ...(dice.likely(0.1) ? [`max_connections ${dice.one([10, 200])}`] : []),
    ...(dice.likely(0.08) ? ['mount_point site-a/'] : []),
  ];
}

/**
 * Of one of two authorities, which asks for certificates or does not, takes back those on its list or does not,
 * and takes them for names or does not.
 */
function tls({ dice }: Making, port: number): string[] {
  const asks = dice.likely(0.6);
  const authority = dice.one(['ca.crt', 'ca.crt', secondAuthority]);
  const hasList = asks && authority === 'ca.crt' && dice.likely(0.3);
  return [
    `listener ${port}`,
    ...certificates(authority),
    ...(asks ? ['require_certificate true'] : []),
    ...(hasList ? ['crlfile /etc/mosquitto/own/list.crl'] : []),
    ...(asks && dice.likely(0.6)
      ? [`${dice.one(['use_identity_as_username', 'use_subject_as_username'])} true`]
      : []),
    ...(dice.likely(0.3) ? ['tls_version tlsv1.2'] : []),
    ...limits(dice),
  ];
}

const certificates = (authority = 'ca.crt'): string[] => [
  `cafile /etc/mosquitto/own/${authority}`,
  'certfile /etc/mosquitto/own/broker.crt',
  'keyfile /etc/mosquitto/own/broker.key',
];

function websockets({ dice }: Making): string[] {
  return [
    `listener ${dice.one([9001, 9001, 8083])}`,
    'protocol websockets',
    ...(dice.likely(0.3) ? certificates() : []),
  ];
}

function unix({ sockets }: Making): string[] {
  const path = '/run/mosquitto-sockets/broker.sock';
  sockets.push(path);
  return [`listener 0 ${path}`];
}
