import { posix } from 'node:path';
import type { ConfiguredListener } from '../../config/model/memory.ts';
import { textOf } from '../../config/model/memory.ts';
import { pskFileOf } from '../../effective/protection.ts';
import { protocolOf } from '../../effective/sockets.ts';
import { blockOf, lineAt, linesThat } from '../advice/blocks.ts';
import { below, removed, replaced } from '../advice/edit.ts';
import {
  bothWays,
  type Draft,
  found,
  listed,
  nameOf,
  placeOf,
  type Rule,
} from '../advice/finding.ts';
import { lacking } from './client-certificates.ts';

const pathsFirst = 'First look where your files are, and in these lines write their paths.';

/** Half a certificate: before 2.0.21 the listener is served in plain text. */
export const halfPair: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { settings } = one.configured;
    if (subject.behaviour.refusesHalfPair) return [];
    if (settings.has('certfile') && settings.has('keyfile')) return [];
    const given = ['certfile', 'keyfile', 'cafile', 'capath'].filter((name) => settings.has(name));
    const first = settings.get(given[0] ?? '');
    if (first === undefined) return [];
    const missing = ['certfile', 'keyfile'].filter((name) => !settings.has(name));
    const edits = missing.map((name) =>
      below(first.place, `${name} ${sibling(name, one.configured)}`),
    );
    return [
      found(
        'half-pair',
        'critical',
        first.place,
        `Without ${listed(missing)} the broker serves ${nameOf(one)} in plain text, silently; the other TLS settings of this listener do nothing. From 2.0.21 on it does not start.`,
        {
          ways: [[], ...lacking(one, subject)]
            .flatMap((more) => bothWays([...edits, ...more]))
            .map((way) => ({ ...way, first: pathsFirst })),
          otherwise: `This listener needs its certificate and its key (${listed(missing)}).`,
        },
      ),
    ];
  });

/** The name that a certificate or key has beside the other, as most people call them. */
export function sibling(name: string, { settings }: Pick<ConfiguredListener, 'settings'>): string {
  const other = textOf(settings, name === 'keyfile' ? 'certfile' : 'keyfile');
  const { dir, name: base } = posix.parse(other ?? '/etc/mosquitto/certs/server');
  return posix.join(dir, `${base}.${name === 'keyfile' ? 'key' : 'crt'}`);
}

/** A `tls_version` that does nothing, or allows too much. */
export const tlsVersion: Rule = (subject) =>
  subject.open.flatMap((one): Draft[] => {
    const { configuration, behaviour } = subject;
    const { protection, configured } = one;
    const version = configured.settings.get('tls_version');
    const ciphers = configured.settings.get('ciphers');
    if (protection.minimumTls === '1.1' || version?.value === 'tlsv1.1') {
      const place = version?.place ?? ciphers?.place ?? placeOf(configured, configuration);
      return [
        found(
          'old-tls',
          'warning',
          place,
          protection.minimumTls === '1.1'
            ? `${nameOf(one)} accepts TLS 1.1, which has been broken for years (RFC 8996).`
            : `${nameOf(one)} is meant to accept TLS 1.1, which has been broken for years (RFC 8996).`,
          {
            ways: [
              {
                edits: [
                  version
                    ? replaced(place, 'tls_version tlsv1.2')
                    : below(place, 'tls_version tlsv1.2'),
                ],
                besides: 'Clients that know nothing newer than TLS 1.1 are shut out by it.',
              },
            ],
            otherwise: 'TLS 1.2 is to be the lowest version, or 1.3 if all clients know it.',
          },
        ),
      ];
    }
    if (version === undefined) return [];
    const lws = protocolOf(configured) === 'websockets' && !behaviour.ownWebsockets;
    if (protection.kind !== 'plain' && !lws) return [];
    return [
      found(
        'tls-version-ignored',
        protection.kind === 'plain' ? 'note' : 'warning',
        version.place,
        protection.kind === 'plain'
          ? `${nameOf(one)} is not encrypted, so this line does nothing.`
          : `A websockets listener ignores "tls_version" before 2.1: ${nameOf(one)} accepts TLS 1.2.`,
        {
          ways: [
            {
              edits: linesThat('tls_version', configured, configuration).map(removed),
              besides: 'Then nobody relies on it.',
            },
          ],
          otherwise: 'Do not rely on it.',
        },
      ),
    ];
  });

/** A file of shared keys lowers the listeners that it holds for, whether they use it or not. */
export const sharedKey: Rule = ({ configuration, open, behaviour }) => {
  if (!behaviour.pskEndsTls13) return [];
  const lowered = open.flatMap((one) => {
    const file = pskFileOf(one.configured, configuration.memory);
    return file && one.protection.kind === 'certificate' ? [{ one, file }] : [];
  });
  const [first] = lowered;
  if (!first) return [];
  const names = (list: typeof lowered) => listed(list.map(({ one }) => nameOf(one)));
  const shut = lowered.filter(
    ({ one }) => textOf(one.configured.settings, 'tls_version') === 'tlsv1.3',
  );
  const files = configuration.directives.filter(({ option }) => option === 'psk_file');
  const users = open.filter(({ protection }) => protection.kind === 'psk');
  // Without its shared key such a listener would be open in plain text: it goes as a whole.
  const listeners = users.flatMap(({ configured }) => {
    const line = lineAt(configured.at, configuration);
    return line ? blockOf(line, configuration) : [];
  });
  const lines = new Set([...files, ...listeners]);
  const edits = [...lines].map(removed);
  return [
    found(
      'shared-key-ends-tls13',
      shut.length > 0 ? 'critical' : 'warning',
      first.file.place,
      `A file of shared keys takes TLS 1.3 away from ${names(lowered)}${shut.length > 0 ? `; ${names(shut)} wants 1.3 and refuses everybody` : ''}.`,
      {
        ways: [{ edits }, { edits, lets: true }],
        otherwise:
          'Shared keys and TLS 1.3 do not go together on this version: use certificates for all.',
      },
    ),
  ];
};
