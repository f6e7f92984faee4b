import { demandsAt } from '../admission.ts';
import type { OpenListener } from '../listeners.ts';
import { isLocalOnly, protocolOf } from '../sockets.ts';
import { lineAt } from './blocks.ts';
import { above, below, type Edit, removed, replaced } from './edit.ts';
import {
  type Draft,
  found,
  listed,
  nameOf,
  placeOf,
  type Rule,
  type Subject,
  spoken,
  type Way,
} from './finding.ts';

/** Whether others than this machine can reach a listener. */
export const isReachable = ({ sockets }: OpenListener): boolean =>
  sockets.some(({ address }) => !isLocalOnly(address));

/** Listeners that let in whoever connects, by the line that decides so. */
function openTo(subject: Subject, these: (one: OpenListener) => boolean): OpenListener[][] {
  const byLine = new Map<string, OpenListener[]>();
  for (const one of subject.open.filter(these)) {
    const { anonymous, protection, configured } = one;
    if (!anonymous.accepted || protection.requiresClientCertificate) continue;
    // Whoever has the shared key is not just anybody.
    if (protection.kind === 'psk') continue;
    const line = spoken(anonymous.at ?? placeOf(configured, subject.configuration));
    byLine.set(line, [...(byLine.get(line) ?? []), one]);
  }
  return [...byLine.values()];
}

const names = (these: readonly OpenListener[]) => listed(these.map(nameOf));

/** Anybody gets in, from anywhere; one finding for each line that decides so. */
export const openToNetwork: Rule = (subject) =>
  openTo(subject, isReachable).flatMap((these) => {
    const [first] = these;
    if (first === undefined) return [];
    const { at } = first.anonymous;
    const place = at ?? placeOf(first.configured, subject.configuration);
    const plain = these.filter(({ protection }) => protection.kind === 'plain');
    const sent =
      plain.length === 0
        ? ', though encrypted on the way'
        : plain.length === these.length
          ? ', and what is sent can be read on the way'
          : `; what is sent to ${names(plain)} can be read on the way`;
    const decided = at
      ? 'This line decides it.'
      : 'No line decides it: it is what the broker does here by itself.';
    return [
      found(
        'open-to-network',
        'critical',
        place,
        `Anybody who can reach ${names(these)} can ${mayDo(these, subject)}, without a name${sent}. ${decided}`,
        {
          ways: closing(first, subject).map((way) => ({
            ...way,
            besides: 'Clients can be let in with certificates on a listener of their own.',
          })),
          otherwise:
            'Let "lockstep" take this broker to certificates: it asks what is to become of this listener.',
        },
      ),
    ];
  });

/** What somebody without a name may do: all, unless an access list or a plugin has a say. */
function mayDo(these: readonly OpenListener[], subject: Subject): string {
  const { memory } = subject.configuration;
  const ruled = these.some((one) => {
    const { settings, plugins } =
      memory.perListener === null ? memory.security : one.configured.security;
    return settings.has('acl_file') || plugins.length > 0;
  });
  return ruled
    ? 'connect and do what its access rules allow everybody'
    : 'read and publish everything';
}

/** Ways to refuse clients without a name. */
function closing({ anonymous, configured }: OpenListener, { configuration }: Subject): Way[] {
  const line = lineAt(anonymous.at, configuration);
  if (line && /allow_anonymous$/.test(line.option))
    return [{ edits: [replaced(line, `${line.option} false`)] }];
  const { mainPath, directives } = configuration;
  const listener = configured.host ? `listener 1883 ${configured.host}` : 'listener 1883';
  const others = directives.filter(({ option }) => option === 'allow_anonymous').map(removed);
  const { at } = configured;
  const write = (text: string): Edit => ({ action: 'append', file: mainPath, text });
  const no = 'allow_anonymous false';
  // Before 2.0.21 it is obeyed only where a line opens a listener.
  return at
    ? [{ edits: [below(at, no)] }, { edits: [...others, above(at, listener), above(at, no)] }]
    : [{ edits: [write(no)] }, { edits: [...others, write(listener), write(no)] }];
}

/** Anybody on the machine itself gets in. */
export const openToThisMachine: Rule = (subject) =>
  openTo(subject, (one) => !isReachable(one)).flatMap((these) => {
    const [first] = these;
    if (first === undefined) return [];
    const sockets = these.every(({ configured }) => configured.path !== undefined);
    const who = sockets
      ? `Every program that may open ${names(these)}`
      : 'Every program and user of this machine';
    const others = subject.partly
      ? '. Whether others can reach it was not looked at in full: a part was not read.'
      : '; others cannot reach it.';
    return [
      found(
        'open-to-this-machine',
        'note',
        first.anonymous.at ?? placeOf(first.configured, subject.configuration),
        `${who} can use ${names(these)} without a name${others}`,
        {
          ways: closing(first, subject).map((way) => ({
            ...way,
            unless: trusted,
          })),
          otherwise: trusted,
        },
      ),
    ];
  });

const trusted = 'Nothing needs to be done if everybody on this machine is trusted.';

/** Passwords that can be read on the way, and doors that nobody gets through. */
export const plainListener: Rule = (subject) =>
  subject.open.filter(isReachable).flatMap((one): Draft[] => {
    const { anonymous, protection, configured } = one;
    if (anonymous.accepted || protection.broken || protocolOf(configured) === 'http_api') return [];
    const place = placeOf(configured, subject.configuration);
    if (hasLogin(one, subject))
      return protection.kind !== 'plain'
        ? []
        : [
            found(
              'plain-passwords',
              'warning',
              place,
              `Clients of ${nameOf(one)} send name and password in the clear: who listens on the network can use them afterwards.`,
              'Let them connect with certificates: "lockstep" sets up an encrypted listener beside this one, and asks what is to become of this one.',
            ),
          ];
    if (protection.requiresClientCertificate || isNamedByCertificate(one)) return [];
    const read = subject.partly ? ' in what was read' : '';
    const where = subject.configuration.memory.perListener ? ' below this "listener" line' : '';
    return [
      found(
        'nobody-gets-in',
        'note',
        place,
        `${nameOf(one)} is open, but nobody can log in there: no anonymous clients, no password file, no plugin${read}.`,
        `It does no harm. If clients are to get in: make a password file for them and name it in a "password_file" line${where}, or let "lockstep" set up a listener for holders of certificates.`,
      ),
    ];
  });

/** The listener wants the name of a certificate. */
export const isNamedByCertificate = ({ configured: { settings }, protection }: OpenListener) =>
  protection.kind !== 'plain' &&
  ['use_identity_as_username', 'use_subject_as_username'].some(
    (name) => settings.get(name)?.value === true,
  );

/** Whether there is any way to log in with a name. */
export function hasLogin(
  one: OpenListener,
  { configuration: { memory }, behaviour }: Subject,
): boolean {
  return demandsAt(one, memory, behaviour).some((demands) =>
    demands.some(({ kind }) => kind === 'password' || kind === 'plugin'),
  );
}

/** Nothing in the configuration opens a listener. */
export const localOnlyMode: Rule = ({ configuration, effective, behaviour, open, partly }) => {
  const { memory, mainPath } = configuration;
  const implied = open.some(({ configured }) => configured.at !== null);
  if (!effective.loads || !memory.localOnly || implied) return [];
  const findings = [
    found(
      'local-only',
      'note',
      { file: mainPath, line: 1 },
      partly
        ? 'No line that was read opens a listener; what was not read may open one.'
        : 'No line opens a listener, so only programs on this machine can connect (port 1883, "local only mode").',
      'Nothing needs to be done if that is meant. To let others in with certificates, run "lockstep".',
    ),
  ];
  const refused = memory.security.settings.get('allow_anonymous');
  if (behaviour.localOnlyIsAnonymous && refused?.value === false) {
    findings.push(
      found(
        'ignored-in-local-only-mode',
        'warning',
        refused.place,
        'Before 2.0.21 the broker ignores "allow_anonymous false" as long as no line opens a listener.',
        {
          ways: [
            {
              edits: [above(refused.place, 'listener 1883 127.0.0.1')],
              besides: 'It is the same door, by IPv4, and the line is obeyed.',
            },
            { edits: [{ action: 'append', file: mainPath, text: 'listener 1883 127.0.0.1' }] },
          ],
          otherwise: 'The line is obeyed from 2.0.21 on, and wherever a line opens a listener.',
        },
      ),
    );
  }
  return findings;
};
