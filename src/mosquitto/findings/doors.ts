import type { OpenListener } from '../listeners.ts';
import { isOn } from '../memory.ts';
import { isLocalOnly, protocolOf } from '../sockets.ts';
import {
  type Finding,
  found,
  nameOf,
  placeOf,
  type Rule,
  type Subject,
  spoken,
} from './finding.ts';

/** Listeners that others than this machine can reach. */
function reachable({ open }: Subject): OpenListener[] {
  return open.filter(({ sockets }) => sockets.some(({ address }) => !isLocalOnly(address)));
}

/** Anybody gets in, from anywhere; one finding for each line that decides so. */
export const openToNetwork: Rule = (subject) => {
  const byLine = new Map<string, OpenListener[]>();
  for (const one of reachable(subject)) {
    const { anonymous, protection, configured } = one;
    if (!anonymous.accepted || protection.requiresClientCertificate) continue;
    // Whoever has the shared key is not just anybody.
    if (protection.kind === 'psk') continue;
    const line = spoken(anonymous.at ?? placeOf(configured, subject.configuration));
    byLine.set(line, [...(byLine.get(line) ?? []), one]);
  }
  return [...byLine.values()].flatMap((these) => {
    const [first] = these;
    if (first === undefined) return [];
    const { at } = first.anonymous;
    const place = at ?? placeOf(first.configured, subject.configuration);
    const plain = these.some(({ protection }) => protection.kind === 'plain');
    const sent = plain ? 'and what is sent can be read on the way' : 'though encrypted on the way';
    const decided = at
      ? 'This line decides it.'
      : 'No line says so: it is what the broker does here by itself.';
    return [
      found(
        'open-to-network',
        'critical',
        place,
        `Anybody who can reach ${these.map(nameOf).join(', ')} can read and publish everything, without a name, ${sent}. ${decided}`,
        at
          ? `Change ${spoken(place)} to "allow_anonymous false" and restart the broker; let clients in with certificates on a listener of their own.`
          : `Write "allow_anonymous false" below ${spoken(place)} and restart the broker.`,
      ),
    ];
  });
};

/** Anybody on the machine itself gets in. */
export const openToThisMachine: Rule = (subject) =>
  subject.open
    .filter((one) => !reachable(subject).includes(one))
    .filter(({ anonymous, protection }) => {
      return anonymous.accepted && !protection.requiresClientCertificate;
    })
    .slice(0, 1)
    .map((one) =>
      found(
        'open-to-this-machine',
        'note',
        one.anonymous.at ?? placeOf(one.configured, subject.configuration),
        `Every program and user of this machine can use ${nameOf(one)} without a name; others cannot reach it.`,
        'Nothing needs to be done if everybody on this machine is trusted; otherwise write "allow_anonymous false".',
      ),
    );

/** Passwords that can be read on the way, and doors that nobody gets through. */
export const plainListener: Rule = (subject) =>
  reachable(subject).flatMap((one): Finding[] => {
    const { anonymous, protection, configured } = one;
    if (anonymous.accepted || protection.kind !== 'plain') return [];
    if (protocolOf(configured) === 'http_api') return [];
    const place = placeOf(configured, subject.configuration);
    const login = hasLogin(one, subject);
    return [
      login
        ? found(
            'plain-passwords',
            'warning',
            place,
            `Clients of ${nameOf(one)} send name and password in the clear: who listens on the network can use them afterwards.`,
            'Give this listener certfile and keyfile, or let clients connect to an encrypted listener and remove this one.',
          )
        : found(
            'nobody-gets-in',
            'note',
            place,
            `${nameOf(one)} is open, but nobody can log in there: no anonymous clients, no password file, no plugin.`,
            `Remove the listener in ${spoken(place)}, or keep it as a door that tells old clients "not authorised".`,
          ),
    ];
  });

/** Whether there is any way to log in with a name. */
export function hasLogin(
  { configured }: OpenListener,
  { configuration: { memory } }: Subject,
): boolean {
  const own = memory.perListener === null ? memory.security : configured.security;
  const plugins = [...own.plugins, ...configured.security.plugins];
  return own.settings.has('password_file') || plugins.length > 0;
}

/** Nothing in the configuration opens a listener. */
export const localOnlyMode: Rule = ({ configuration, effective, behaviour, open }) => {
  const { memory, mainPath } = configuration;
  const implied = open.some(({ configured }) => configured.at !== null);
  if (!effective.loads || !memory.localOnly || implied) return [];
  const findings = [
    found(
      'local-only',
      'note',
      { file: mainPath, line: 1 },
      'No line opens a listener, so only programs on this machine can connect (port 1883, "local only mode").',
      'To let others in, add a "listener" line; best one with certificates.',
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
        'Write "listener 1883 127.0.0.1" above it: the same door, and the line is obeyed.',
      ),
    );
  }
  return findings;
};

/** A line before any `listener` line opens port 1883 beside the others. */
export const unmeantListener: Rule = ({ configuration, open }) =>
  open.flatMap((one) => {
    const { configured } = one;
    const asked = configured.settings.has('bind_address') || configured.settings.has('port');
    if (!configured.isDefault || asked || configured.at === null) return [];
    return [
      found(
        'unmeant-listener',
        open.length > 1 || one.anonymous.accepted ? 'critical' : 'warning',
        placeOf(configured, configuration),
        `This line stands before any "listener" line of its file, so the broker takes it for its default listener and opens ${nameOf(one)} for it, ${one.anonymous.accepted ? 'open to everybody' : 'beside those you named'}.`,
        'Move the line below the "listener" line it is meant for, in the same file.',
      ),
    ];
  });

/** The older spelling of a listener. */
export const oldListenerLines: Rule = ({ configuration }) =>
  configuration.directives
    .filter(({ option }) => option === 'port' || option === 'bind_address')
    .map((line) =>
      found(
        'old-listener-line',
        'note',
        line,
        `"${line.option}" is deprecated. It opens a listener of its own, in addition to every "listener" line.`,
        line.option === 'port'
          ? `Write "listener ${line.value}" instead.`
          : `Write "listener 1883 ${line.value}" instead (with the number of the "port" line, if there is one).`,
      ),
    );

/** libwebsockets takes bind addresses its own way. */
export const websocketAddresses: Rule = ({ configuration, open, behaviour }) =>
  open.flatMap((one) => {
    const { configured, sockets } = one;
    if (behaviour.ownWebsockets || protocolOf(configured) !== 'websockets') return [];
    const place = placeOf(configured, configuration);
    if (configured.path !== undefined) {
      return [
        found(
          'websockets-random-port',
          'critical',
          place,
          'Websockets cannot use a unix socket before 2.1: the broker opens a random TCP port on all interfaces instead.',
          'Give the listener a port, or remove "protocol websockets".',
        ),
      ];
    }
    if (configured.host === undefined) return [];
    if (sockets.length === 0) {
      return [
        found(
          'websockets-never-listens',
          'warning',
          place,
          `A websockets listener wants an IP address, not a name: this one never listens on "${configured.host}".`,
          'Write the address instead of the name, for example "127.0.0.1" for "localhost".',
        ),
      ];
    }
    if (sockets[0]?.address !== '::(dual)' || configured.host === '::') return [];
    return [
      found(
        'websockets-address-ignored',
        isLocalOnly(configured.host) ? 'critical' : 'warning',
        place,
        `This broker ignores the address ${configured.host} of a websockets listener: ${nameOf(one)} is open on all interfaces.`,
        'Add "socket_domain ipv4" below this line.',
      ),
    ];
  });

/** One switch for all, though it stands under one listener. */
export const anonymousForAll: Rule = ({ configuration, open }) => {
  const { memory, directives } = configuration;
  if (memory.perListener !== null || open.length < 2) return [];
  const last = directives.filter(({ option }) => option === 'allow_anonymous').at(-1);
  if (last === undefined || last.listener === null || last.listener.isDefault) return [];
  if (open.every((one) => isOn(one.configured.settings, 'use_identity_as_username'))) return [];
  return [
    found(
      'anonymous-for-all',
      'note',
      last,
      'This line stands under one listener, but "allow_anonymous" is one switch for all of them.',
      'Move it to the top, above the first "listener" line, where it says what it does.',
    ),
  ];
};
