import type { Place } from '../../config/model/place.ts';
import { decidesTopics, demandsAt, letsAnyName } from '../../effective/admission.ts';
import type { OpenListener } from '../../effective/open-listener.ts';
import { allowed, pluginsFor } from '../../effective/protection.ts';
import { isLocalOnly, protocolOf } from '../../effective/sockets.ts';
import { lineAt } from '../advice/blocks.ts';
import { above, below, type Edit, removed, replaced } from '../advice/edit.ts';
import {
  type Advice,
  type Draft,
  found,
  listed,
  nameOf,
  placeOf,
  type Rule,
  type Subject,
  spoken,
  type Way,
} from '../advice/finding.ts';

/** Whether others than this machine can reach a listener. */
export const isReachable = ({ sockets }: OpenListener): boolean =>
  sockets.some(({ address }) => !isLocalOnly(address));

/**
 * Whether whoever connects is let in, but for a certificate that is asked for, and the line that decides so:
 * without a name, or (`named`) with any, where the name is to be the client's id.
 */
export function anybodyAt(
  one: OpenListener,
  { configuration: { memory }, behaviour }: Pick<Subject, 'configuration' | 'behaviour'>,
): { accepted: boolean; at?: Place; named: boolean } {
  const { anonymous, configured } = one;
  if (anonymous.accepted || !letsAnyName(one, memory, behaviour))
    return { ...anonymous, named: false };
  return { ...allowed(configured, memory, behaviour), named: true };
}

/** Listeners that let in whoever connects, by the line that decides so. */
function openTo(subject: Subject, these: (one: OpenListener) => boolean): OpenListener[][] {
  const byLine = new Map<string, OpenListener[]>();
  for (const one of subject.open.filter(these)) {
    const { protection, configured, sockets } = one;
    const { accepted, at, named } = anybodyAt(one, subject);
    if (sockets.length === 0 || !accepted || protection.requiresClientCertificate) continue;
    // Whoever has the shared key is not just anybody.
    if (protection.kind === 'psk') continue;
    const line = `${spoken(at ?? placeOf(configured, subject.configuration))} ${named}`;
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
    const { at, named } = anybodyAt(first, subject);
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
        `Anybody who can reach ${names(these)} can ${mayDo(these, subject)}, ${howNamed(named)}${sent}. ${decided}`,
        {
          ways: closing(first, subject).map((way) => ({
            ...way,
            besides: 'Clients can be let in with certificates on a listener of their own.',
          })),
          otherwise:
            'Let "lockstep" take this broker to certificates: it shows what becomes of each listener before anything is changed.',
        },
      ),
    ];
  });

const howNamed = (named: boolean): string =>
  named ? 'with any user name and no password' : 'without a name';

/** What somebody without a name may do: all, unless an access list or a plugin has a say. */
function mayDo(these: readonly OpenListener[], subject: Subject): string {
  const { memory } = subject.configuration;
  const ruled = these.some(({ configured }) => {
    const { settings } = memory.perListener === null ? memory.security : configured.security;
    const plugins = pluginsFor(configured, memory, subject.behaviour);
    return settings.has('acl_file') || plugins.some(decidesTopics);
  });
  return ruled
    ? 'connect and do what its access rules allow everybody'
    : 'read and publish everything';
}

/** Ways to refuse clients without a name. */
function closing(one: OpenListener, subject: Subject): Way[] {
  const { configuration } = subject;
  const { configured } = one;
  const line = lineAt(anybodyAt(one, subject).at, configuration);
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
    const { at, named } = anybodyAt(first, subject);
    const sockets = these.every(({ configured }) => configured.path !== undefined);
    const who = sockets
      ? 'Every program that may open it'
      : 'Every program and user of this machine';
    const others = subject.unread.length > 0 ? '.' : '; others cannot reach it.';
    return [
      found(
        'open-to-this-machine',
        'note',
        at ?? placeOf(first.configured, subject.configuration),
        `${who} can use ${names(these)} ${howNamed(named)}${others}`,
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

/** Passwords that can be read on the way, and listeners at which nobody gets in. */
export const plainListener: Rule = (subject) =>
  subject.open.filter(isReachable).flatMap((one): Draft[] => {
    const { protection, configured } = one;
    if (
      anybodyAt(one, subject).accepted ||
      protection.broken ||
      protocolOf(configured) === 'http_api'
    )
      return [];
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
              'Let them connect with certificates: "lockstep" sets up an encrypted listener beside this one, and shows what becomes of each before anything is changed.',
            ),
          ];
    if (protection.requiresClientCertificate || isNamedByCertificate(one)) return [];
    const read = subject.unread.length > 0 ? ' in what was read' : '';
    return [
      found(
        'nobody-gets-in',
        'note',
        place,
        `Nobody can log in at ${nameOf(one)}: it takes no anonymous clients, and there is no password file and no plugin that knows names${read}.`,
        passwordsFor(one, subject),
      ),
    ];
  });

/** How clients could be let in at a listener where nobody is. */
function passwordsFor({ configured, protection }: OpenListener, subject: Subject): Advice {
  const { memory, mainPath } = subject.configuration;
  const own = memory.perListener !== null;
  const file = '/etc/mosquitto/passwd';
  const text = `password_file ${file}`;
  // It belongs to who made it; the broker reads it as its own user (mosquitto.conf(5), `user`).
  const asked = String(memory.broker.get('user')?.value ?? '');
  const user = /^\w[\w.-]{0,31}$/.test(asked) ? asked : 'mosquitto';
  const make = `mosquitto_passwd -c ${file} NAME`;
  const give = user === 'root' ? [] : [`chown ${user}: ${file}`];
  const close = `chmod 600 ${file}`;
  const edits: Edit[] = !own
    ? [{ action: 'append', file: mainPath, text }]
    : configured.at
      ? [below(configured.at, text)]
      : [];
  const where = own ? ' below this "listener" line' : '';
  const clear = protection.kind === 'plain' ? ', for passwords are sent in the clear there' : '';
  const instead = `let "lockstep" set up a listener for holders of certificates`;
  const harmless = 'Nothing needs to be done: it does no harm.';
  return {
    ways: [
      {
        edits,
        lets: true,
        unless: harmless,
        commands: [make, ...give, close],
        first: `For a client that has a password, as root: ${make} (without -c where there is that file), then ${[...give, close].join(' and ')}.`,
        besides: `Or ${instead}${clear}.`,
      },
    ],
    otherwise: `${subject.unread.length > 0 ? '' : `${harmless} `}If clients are to get in: make a password file for them and name it in a "password_file" line${where}, or ${instead}.`,
  };
}

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
