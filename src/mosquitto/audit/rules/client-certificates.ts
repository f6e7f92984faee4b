import type { Setting } from '../../config/model/memory.ts';
import type { OpenListener } from '../../effective/open-listener.ts';
import { isLocalOnly, protocolOf } from '../../effective/sockets.ts';
import { linesThat } from '../advice/blocks.ts';
import { below, type Edit, removed, replaced } from '../advice/edit.ts';
import {
  type Draft,
  found,
  nameOf,
  placeOf,
  type Rule,
  type Subject,
  spoken,
} from '../advice/finding.ts';
import { anybodyAt, hasLogin, isNamedByCertificate } from './ways-in.ts';

/** Where a file is proposed that the configuration does not name; the place is the article's. */
export const authorityFile = '/etc/mosquitto/ca_certificates/root_ca.crt';

/** Lines that give a listener settings: an earlier line about the same is changed, not repeated. */
function withSettings(
  { configured }: OpenListener,
  { configuration }: Subject,
  settings: readonly (readonly [option: string, value: string])[],
): Edit[] {
  const place = placeOf(configured, configuration);
  return settings.flatMap(([option, value]) => {
    const there = linesThat(option, configured, configuration).at(-1);
    const text = `${option} ${value}`;
    if (there === undefined) return [below(place, text)];
    return there.value.startsWith(value) ? [] : [replaced(there, text)];
  });
}

/** The authority that a listener has, or where one is proposed. libwebsockets reads no folder of them. */
function authority(
  { configured }: OpenListener,
  { behaviour }: Subject,
): readonly [option: string, value: string][] {
  const { settings } = configured;
  const lws = protocolOf(configured) === 'websockets' && !behaviour.ownWebsockets;
  const has = settings.has('cafile') || (settings.has('capath') && !lws);
  return has ? [] : [['cafile', authorityFile]];
}

/**
 * What a listener lacks that asks for certificates, each time a line more: the authority to check them
 * against, and that they give the name.
 */
export function lacking(one: OpenListener, subject: Subject): Edit[][] {
  if (on(one.configured.settings.get('require_certificate')) === undefined) return [];
  const missing = authority(one, subject);
  return [missing, [...missing, ['use_identity_as_username', 'true'] as const]]
    .map((settings) => withSettings(one, subject, settings))
    .filter(({ length }) => length > 0);
}

/** Encrypted, but no proof of who connects. */
export const noClientCertificate: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured, sockets } = one;
    const { accepted } = anybodyAt(one, subject);
    if (protection.kind !== 'certificate' || protection.requiresClientCertificate) return [];
    if (protection.broken || sockets.every(({ address }) => isLocalOnly(address))) return [];
    if (isNamedByCertificate(one)) return [];
    // Nobody gets in there: that is a finding of its own.
    if (!accepted && !hasLogin(one, subject)) return [];
    const required: [string, string][] = [
      ...authority(one, subject),
      ['require_certificate', 'true'],
    ];
    const named: [string, string][] = [...required, ['use_identity_as_username', 'true']];
    return [
      found(
        'no-client-certificate',
        'warning',
        placeOf(configured, subject.configuration),
        `${nameOf(one)} is encrypted, but asks for no client certificate: ${accepted ? 'anybody who reaches it gets in without one' : 'a name and a password are all that keeps others out'}.`,
        {
          ways: [
            { edits: withSettings(one, subject, named), first: authorityFirst(one, subject) },
            // Who has a certificate, but no password, does not get in today.
            {
              edits: withSettings(one, subject, required),
              first: authorityFirst(one, subject),
              besides: 'A client then needs both, a certificate and its password.',
            },
          ],
          otherwise:
            'Let "lockstep" set up a listener beside it that holders of certificates alone get into.',
        },
      ),
    ];
  });

const authorityPlace =
  'First bring the certificate of your authority to the broker, and in these lines write the path where it is.';

const authorityFirst = (one: OpenListener, subject: Subject) =>
  authority(one, subject).length === 0
    ? 'First look whether the authority that this listener names is your own: a public one has other customers.'
    : authorityPlace;

/** A certificate is asked for, and then not used. */
export const certificateWithoutIdentity: Rule = (subject) =>
  subject.open.flatMap((one) => {
    const { protection, configured } = one;
    const { accepted } = anybodyAt(one, subject);
    const { settings } = configured;
    if (!protection.requiresClientCertificate || isNamedByCertificate(one) || protection.broken)
      return [];
    const place = settings.get('require_certificate')?.place;
    if (place === undefined) return [];
    // With a password file a client needs both, and its name is that of its password.
    if (!accepted && hasLogin(one, subject)) return [];
    const closed = !accepted;
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
                    ...authority(one, subject),
                    ['require_certificate', 'true'],
                  ]),
                  first: authorityFirst(one, subject),
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
    if (authority(one, subject).length === 0) return [];
    return [
      found(
        'no-authority',
        'critical',
        required.place,
        settings.has('capath')
          ? `A websockets listener does not read "capath" before 2.1, so ${nameOf(one)} refuses every client.`
          : `Client certificates are required, but there is no authority to check them against: ${nameOf(one)} refuses every client.`,
        {
          ways: lacking(one, subject).map((edits) => ({
            edits,
            first: authorityPlace,
            lets: true,
          })),
          otherwise: 'The listener needs the certificate of the authority that signs your clients.',
        },
      ),
    ];
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
