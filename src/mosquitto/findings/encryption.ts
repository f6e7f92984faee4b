import { posix } from 'node:path';
import type { OpenListener } from '../listeners.ts';
import type { ConfiguredListener, Setting } from '../memory.ts';
import { textOf } from '../memory.ts';
import { pskFileOf } from '../protection.ts';
import { isLocalOnly, protocolOf } from '../sockets.ts';
import { blockOf, lineAt, linesThat } from './blocks.ts';
import { hasLogin, isNamedByCertificate } from './doors.ts';
import { below, type Edit, removed, replaced } from './edit.ts';
import {
  type Draft,
  found,
  listed,
  nameOf,
  placeOf,
  type Rule,
  type Subject,
  spoken,
} from './finding.ts';

/** Where a file is proposed that the configuration does not name; the place is the article's. */
const authorityFile = '/etc/mosquitto/ca_certificates/root_ca.crt';
const pathsBesides = 'Write the paths where your files really are.';

/** Lines that give a listener settings: an earlier line about the same is changed, not repeated. */
function withSettings(
  { configured }: OpenListener,
  { configuration }: Subject,
  settings: readonly [option: string, value: string][],
): Edit[] {
  const place = placeOf(configured, configuration);
  return settings.flatMap(([option, value]) => {
    const there = linesThat(option, configured, configuration).at(-1);
    const text = `${option} ${value}`;
    if (there === undefined) return [below(place, text)];
    return there.value.startsWith(value) ? [] : [replaced(there, text)];
  });
}

/** The authority that a listener has, or where one is proposed. */
function authority(one: OpenListener): readonly [option: string, value: string][] {
  const { settings } = one.configured;
  const has = settings.has('cafile') || settings.has('capath');
  return has ? [] : [['cafile', authorityFile]];
}

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
          ways: [
            { edits, besides: pathsBesides },
            { edits, besides: pathsBesides, lets: true },
          ],
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

/** Encrypted, but no proof of who connects. */
export const noClientCertificate: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured, sockets, anonymous } = one;
    if (protection.kind !== 'certificate' || protection.requiresClientCertificate) return [];
    if (protection.broken || sockets.every(({ address }) => isLocalOnly(address))) return [];
    if (isNamedByCertificate(one)) return [];
    // Nobody gets in there: that is a finding of its own.
    if (!anonymous.accepted && !hasLogin(one, subject)) return [];
    const required: [string, string][] = [...authority(one), ['require_certificate', 'true']];
    const named: [string, string][] = [...required, ['use_identity_as_username', 'true']];
    return [
      found(
        'no-client-certificate',
        'warning',
        placeOf(configured, subject.configuration),
        `${nameOf(one)} is encrypted, but asks for no client certificate: ${anonymous.accepted ? 'anybody who reaches it gets in without one' : 'a name and a password are all that keeps others out'}.`,
        {
          ways: [
            { edits: withSettings(one, subject, named), besides: authorityBesides(one) },
            // Who has a certificate, but no password, does not get in today.
            {
              edits: withSettings(one, subject, required),
              besides: `A client then needs both, a certificate and its password. ${authorityBesides(one)}`,
            },
          ],
          otherwise:
            'Let "lockstep" set up a listener beside it that holders of certificates alone get into.',
        },
      ),
    ];
  });

const authorityBesides = ({ configured: { settings } }: OpenListener) =>
  settings.has('cafile') || settings.has('capath')
    ? 'First look whether the authority that this listener names is your own: a public one has other customers.'
    : `Write the path where the certificate of your authority really is.`;

/** A certificate is asked for, and then not used. */
export const certificateWithoutIdentity: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured, anonymous } = one;
    const { settings } = configured;
    if (!protection.requiresClientCertificate || isNamedByCertificate(one) || protection.broken)
      return [];
    const place = settings.get('require_certificate')?.place;
    if (place === undefined) return [];
    // With a password file a client needs both, and its name is that of its password.
    if (!anonymous.accepted && hasLogin(one, subject)) return [];
    const closed = !anonymous.accepted;
    const edits = withSettings(one, subject, [['use_identity_as_username', 'true']]);
    return [
      found(
        'certificate-without-identity',
        closed ? 'critical' : 'warning',
        place,
        closed
          ? `${nameOf(one)} asks for a certificate and then refuses everybody: the certificate gives no user name, and nobody else may come in (CONNACK 5).`
          : `${nameOf(one)} asks for a certificate, but the broker does not know its owner by it: access rules cannot tell clients apart.`,
        {
          ways: [{ edits }, { edits, lets: true }],
          otherwise: 'The certificate is to give the user name ("use_identity_as_username").',
        },
      ),
    ];
  });

/** The name is to come from a certificate that is never asked for. */
export const identityWithoutCertificate: Rule = (subject) =>
  subject.open.flatMap((one): Draft[] => {
    const { protection, configured } = one;
    const { settings } = configured;
    const identity =
      on(settings.get('use_identity_as_username')) ?? on(settings.get('use_subject_as_username'));
    if (identity === undefined || protection.requiresClientCertificate) return [];
    if (protection.kind === 'psk') return [];
    const lines = ['use_identity_as_username', 'use_subject_as_username'].flatMap((option) =>
      linesThat(option, configured, subject.configuration),
    );
    return [
      protection.kind === 'plain'
        ? found(
            'identity-on-plain-listener',
            'note',
            identity.place,
            `${nameOf(one)} is not encrypted, so there is no certificate to take a name from; this line does nothing.`,
            { ways: [{ edits: lines.map(removed) }], otherwise: 'It does no harm.' },
          )
        : found(
            'identity-without-certificate',
            'critical',
            identity.place,
            `The name is to come from the client's certificate, but ${nameOf(one)} never asks for one: everybody is refused (CONNACK 4).`,
            {
              ways: [
                {
                  edits: withSettings(one, subject, [
                    ...authority(one),
                    ['require_certificate', 'true'],
                  ]),
                  besides: authorityBesides(one),
                  lets: true,
                },
              ],
              otherwise: 'The listener is to ask for a certificate ("require_certificate").',
            },
          ),
    ];
  });

/** No authority to check client certificates against. */
export const noAuthority: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured } = one;
    const { settings } = configured;
    const required = on(settings.get('require_certificate'));
    if (!protection.requiresClientCertificate || !protection.broken || required === undefined)
      return [];
    const lws = protocolOf(configured) === 'websockets' && !subject.behaviour.ownWebsockets;
    if (settings.has('cafile') || (settings.has('capath') && !lws)) return [];
    return [
      found(
        'no-authority',
        'critical',
        required.place,
        settings.has('capath')
          ? `A websockets listener does not read "capath" before 2.1, so ${nameOf(one)} refuses every client.`
          : `Client certificates are required, but there is no authority to check them against: ${nameOf(one)} refuses every client.`,
        {
          ways: [
            {
              edits: [below(required.place, `cafile ${authorityFile}`)],
              besides: 'Write the path where the certificate of your authority really is.',
              lets: true,
            },
          ],
          otherwise: 'The listener needs the certificate of the authority that signs your clients.',
        },
      ),
    ];
  });

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

/** A lost client cannot be shut out. */
export const noRevocationList: Rule = ({ configuration, open }) =>
  open
    .filter(({ protection, configured }) => {
      const checks = protection.requiresClientCertificate && !protection.broken;
      return checks && !configured.settings.has('crlfile');
    })
    .map((one) => {
      const { settings } = one.configured;
      const required = settings.get('require_certificate')?.place;
      const file = settings.get('cafile');
      const { dir, name } = posix.parse(file ? String(file.value) : authorityFile);
      const list = posix.join(dir, `${name}.crl`);
      return found(
        'no-revocation-list',
        'note',
        placeOf(one.configured, configuration),
        `${nameOf(one)} reads no revocation list: a certificate that is lost or stolen works until it expires.`,
        {
          ways: required
            ? [
                {
                  edits: [below(required, `crlfile ${list}`)],
                  besides:
                    'Make the list first, even an empty one: the broker does not start without the file, and refuses everybody when the list has expired.',
                },
              ]
            : [],
          otherwise: 'A revocation list of the authority shuts such a certificate out ("crlfile").',
        },
      );
    });

/** Two ways to take the name; one wins. */
export const identityAndSubject: Rule = ({ open, configuration }) =>
  open.flatMap(({ configured }) => {
    const subject = on(configured.settings.get('use_subject_as_username'));
    const identity = on(configured.settings.get('use_identity_as_username'));
    if (subject === undefined || identity === undefined) return [];
    return [
      found(
        'identity-and-subject',
        'note',
        subject.place,
        `"use_identity_as_username" (${spoken(identity.place)}) wins: the common name is the user name, and this line does nothing.`,
        {
          ways: [
            {
              edits: linesThat('use_subject_as_username', configured, configuration).map(removed),
            },
          ],
          otherwise: 'It does no harm.',
        },
      ),
    ];
  });

function on(setting: Setting | undefined): Setting | undefined {
  return setting?.value === true ? setting : undefined;
}
