import type { Setting } from '../memory.ts';
import { isOn, textOf } from '../memory.ts';
import { pskFileOf } from '../protection.ts';
import { isLocalOnly, protocolOf } from '../sockets.ts';
import { hasLogin } from './doors.ts';
import { type Finding, found, nameOf, placeOf, type Rule, spoken } from './finding.ts';

/** Half a certificate: before 2.0.21 the listener is served in plain text. */
export const halfPair: Rule = ({ open, behaviour }) =>
  open.flatMap((one) => {
    const { settings } = one.configured;
    if (behaviour.refusesHalfPair || (settings.has('certfile') && settings.has('keyfile')))
      return [];
    const given = ['certfile', 'keyfile', 'cafile', 'capath'].filter((name) => settings.has(name));
    const first = settings.get(given[0] ?? '');
    if (first === undefined) return [];
    const missing = ['certfile', 'keyfile'].filter((name) => !settings.has(name)).join(' and ');
    return [
      found(
        'half-pair',
        'critical',
        first.place,
        `Without ${missing} the broker serves ${nameOf(one)} in plain text, silently; the other TLS settings of this listener do nothing. From 2.0.21 on it does not start.`,
        `Add ${missing} to this listener, or remove its ${given.join(', ')}.`,
      ),
    ];
  });

/** Encrypted, but no proof of who connects. */
export const noClientCertificate: Rule = ({ configuration, open }) =>
  open.flatMap((one) => {
    const { protection, configured, sockets } = one;
    if (protection.kind !== 'certificate' || protection.requiresClientCertificate) return [];
    if (sockets.every(({ address }) => isLocalOnly(address))) return [];
    if (isOn(configured.settings, 'use_identity_as_username')) return [];
    return [
      found(
        'no-client-certificate',
        'warning',
        placeOf(configured, configuration),
        `${nameOf(one)} is encrypted, but asks for no client certificate: a password, if any, is all that keeps others out.`,
        'Add "cafile", "require_certificate true" and "use_identity_as_username true" to this listener.',
      ),
    ];
  });

/** A certificate is asked for, and then not used. */
export const certificateWithoutIdentity: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured, anonymous } = one;
    const { settings } = configured;
    const mapped =
      isOn(settings, 'use_identity_as_username') || isOn(settings, 'use_subject_as_username');
    if (!protection.requiresClientCertificate || mapped || protection.broken) return [];
    const place = settings.get('require_certificate')?.place;
    if (place === undefined) return [];
    // With a password file a client needs both, and its name is that of its password.
    if (!anonymous.accepted && hasLogin(one, subject)) return [];
    const closed = !anonymous.accepted;
    return [
      found(
        'certificate-without-identity',
        closed ? 'critical' : 'warning',
        place,
        closed
          ? `${nameOf(one)} asks for a certificate and then refuses everybody: the certificate gives no user name, and nobody else may come in (CONNACK 5).`
          : `${nameOf(one)} asks for a certificate, but the broker does not know its owner by it: access rules cannot tell clients apart.`,
        'Add "use_identity_as_username true" below this line.',
      ),
    ];
  });

/** The name is to come from a certificate that is never asked for. */
export const identityWithoutCertificate: Rule = ({ open }) =>
  open.flatMap((one): Finding[] => {
    const { protection, configured } = one;
    const identity =
      on(configured.settings.get('use_identity_as_username')) ??
      on(configured.settings.get('use_subject_as_username'));
    if (identity === undefined || protection.requiresClientCertificate) return [];
    if (protection.kind === 'psk') return [];
    return [
      protection.kind === 'plain'
        ? found(
            'identity-on-plain-listener',
            'note',
            identity.place,
            `${nameOf(one)} is not encrypted, so there is no certificate to take a name from; this line does nothing.`,
            'Remove it, or give the listener certfile, keyfile, cafile and "require_certificate true".',
          )
        : found(
            'identity-without-certificate',
            'critical',
            identity.place,
            `The name is to come from the client's certificate, but ${nameOf(one)} never asks for one: everybody is refused (CONNACK 4).`,
            'Add "require_certificate true" and a "cafile" to this listener.',
          ),
    ];
  });

/** No authority to check client certificates against. */
export const noAuthority: Rule = ({ open }) =>
  open.flatMap((one) => {
    const { protection, configured } = one;
    const { settings } = configured;
    const required = on(settings.get('require_certificate'));
    if (!protection.requiresClientCertificate || !protection.broken || required === undefined)
      return [];
    return [
      found(
        'no-authority',
        'critical',
        required.place,
        settings.has('capath')
          ? `A websockets listener does not read "capath" before 2.1, so ${nameOf(one)} refuses every client.`
          : `Client certificates are required, but there is no authority to check them against: ${nameOf(one)} refuses every client.`,
        'Add "cafile" with the certificate of the authority that signs your clients.',
      ),
    ];
  });

/** A `tls_version` that does nothing, or allows too much. */
export const tlsVersion: Rule = ({ open, behaviour }) =>
  open.flatMap((one): Finding[] => {
    const { protection, configured } = one;
    const version = configured.settings.get('tls_version');
    if (protection.minimumTls === '1.1' || version?.value === 'tlsv1.1') {
      return [
        found(
          'old-tls',
          'warning',
          version?.place ?? configured.settings.get('ciphers')?.place ?? noPlace,
          `${nameOf(one)} is meant to accept TLS 1.1, which has been broken for years (RFC 8996).`,
          'Write "tls_version tlsv1.2", or tlsv1.3 if all clients can.',
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
        'Remove the line, so that nobody relies on it.',
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
  const names = (list: typeof lowered) => list.map(({ one }) => nameOf(one)).join(', ');
  const shut = lowered.filter(
    ({ one }) => textOf(one.configured.settings, 'tls_version') === 'tlsv1.3',
  );
  return [
    found(
      'shared-key-ends-tls13',
      shut.length > 0 ? 'critical' : 'warning',
      first.file.place,
      `A file of shared keys takes TLS 1.3 away from ${names(lowered)}${shut.length > 0 ? `; ${names(shut)} wants 1.3 and refuses everybody` : ''}.`,
      'Use certificates instead of the shared key, and remove "psk_hint" and "psk_file".',
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
    .map((one) =>
      found(
        'no-revocation-list',
        'note',
        placeOf(one.configured, configuration),
        `${nameOf(one)} reads no revocation list: a certificate that is lost or stolen works until it expires.`,
        'Add a "crlfile" line, even with an empty list: one added later needs a restart.',
      ),
    );

/** Two ways to take the name; one wins. */
export const identityAndSubject: Rule = ({ open }) =>
  open.flatMap(({ configured: { settings } }) => {
    const subject = on(settings.get('use_subject_as_username'));
    const identity = on(settings.get('use_identity_as_username'));
    if (subject === undefined || identity === undefined) return [];
    return [
      found(
        'identity-and-subject',
        'note',
        subject.place,
        `"use_identity_as_username" (${spoken(identity.place)}) wins: the common name is the user name, and this line does nothing.`,
        'Remove one of the two.',
      ),
    ];
  });

const noPlace = { file: '', line: 1 };

function on(setting: Setting | undefined): Setting | undefined {
  return setting?.value === true ? setting : undefined;
}
