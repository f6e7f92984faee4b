import type { Candidate } from '../mosquitto/candidate.ts';
import type { Listener } from '../mosquitto/effective.ts';
import { pluginWords } from '../mosquitto/shadow.ts';
import { unknownPlugins } from '../mosquitto/shadow-tree.ts';
import { isLocalOnly } from '../mosquitto/sockets.ts';
import { stillCome } from './closing.ts';
import type { PlainUse } from './plain-port.ts';
import { names, plainUseNotes } from './plain-words.ts';
import type { Setup } from './setup.ts';
import type { Plan } from './step.ts';

type Note = Plan['notes'][number];

/** What somebody should know before the broker is hardened: who is locked out, and who is not. */
export function hardenNotes(
  setup: Setup,
  candidate: Candidate,
  before: Listener[],
  use: PlainUse | null,
): Note[] {
  const after = candidate.effective.listeners;
  const warn = (text: string): Note => ({ text, warning: true });
  return [
    ...candidate.contradictions.map(({ place, text, why }) =>
      warn(`${place.file}, line ${place.line}: "${text}" is taken out. ${why}`),
    ),
    ...[...reachable(setup, before, after), plainNote(setup)].map(warn),
    ...plainUseNotes(setup, use),
    ...lockedOut(setup, before, after).map(warn),
    ...[...stillOpen(setup, after), ...alsoDecides(setup, candidate)].map(warn),
    ...untried(setup, candidate).map(warn),
    { text: 'If the proof fails, everything is put back as it is now.', warning: false },
  ];
}

/** What the two doors of a hardened broker let in, in one line. */
export function hardenedDetail({ answers }: Setup, use: PlainUse | null): string {
  const { plain, tls } = answers.ports;
  const door = `Port ${tls} takes holders of a certificate only`;
  if (answers.plainListener === 'open') {
    const come = use ? stillCome(use, answers) : [];
    const by = come.length > 0 ? `, and used by ${names(come)}` : '';
    return `${door}; port ${plain} is still open to everybody${by}.`;
  }
  if (answers.plainListener === 'loopback')
    return `${door}; port ${plain} takes programs on the broker's own machine.`;
  return `${door}.`;
}

/** A door that was left open while devices move, and is to be closed now. */
export const closingDetail = ({ answers }: Setup): string =>
  `Port ${answers.ports.plain} is still open to everybody, and is to be closed.`;

/** Whether nothing but programs on the broker's own machine reaches it. */
export const onlyItself = (listeners: Listener[]): boolean =>
  listeners.every((one) => one.addresses.every((address) => isLocalOnly(address)));

function reachable({ answers }: Setup, before: Listener[], after: Listener[]): string[] {
  return onlyItself(before) && !onlyItself(after)
    ? [
        `Only programs on its own machine reach this broker now; port ${answers.ports.tls} will be open to the network.`,
      ]
    : [];
}

function plainNote({ answers }: Setup): string {
  const { plain } = answers.ports;
  return {
    refuse: `Clients that use port ${plain} now will be refused.`,
    loopback: `Port ${plain} will take programs on the broker's own machine only.`,
    remove: `Port ${plain} is closed: clients that use it now will find nothing there.`,
    open: `Port ${plain} stays open to everybody until you close it.`,
  }[answers.plainListener];
}

/** Who gets in now and will not, besides those at the plain port. */
function lockedOut({ answers }: Setup, before: Listener[], after: Listener[]): string[] {
  const { plain, tls } = answers.ports;
  const was = before.find((one) => one.port === plain)?.settings.passwordFile;
  const is = after.find((one) => one.port === plain)?.settings.passwordFile;
  const closing = before.filter(
    (one) =>
      one.port !== plain &&
      one.port !== tls &&
      one.anonymous === 'accepted' &&
      after.some((other) => same(one, other) && other.anonymous === 'refused'),
  );
  return [
    ...(was && !is && answers.plainListener === 'refuse'
      ? [`The passwords in ${was} let nobody in any more.`]
      : []),
    ...closing.map((one) => `${door(one)} will refuse who does not say who it is, too.`),
  ];
}

/** Who will still get in without a certificate, though nothing here says so. */
function stillOpen({ answers }: Setup, after: Listener[]): string[] {
  return after
    .filter((one) => one.port !== answers.ports.tls && one.settings.passwordFile)
    .filter((one) => one.anonymous === 'refused')
    .map(
      (one) =>
        `${door(one)} still lets in whoever has a password${one.tls ? '' : ', and does not encrypt it'}.`,
    );
}

/** The access list and the plugins that decide about the clients with a certificate, one sentence each. */
export function alsoDecides({ answers }: Setup, { configuration, effective }: Candidate): string[] {
  const access = effective.listeners.find((one) => one.port === answers.ports.tls);
  const names = answers.clients.slice(0, 3).map(({ name }) => name);
  const more = answers.clients.length > 3 ? ' and the others' : '';
  return [
    ...(access?.settings.aclFile
      ? [
          `The access list ${access.settings.aclFile} counts for certificates, too: it must allow ${names.join(', ')}${more}.`,
        ]
      : []),
    ...configuration.directives
      .filter(({ option }) => /^(auth_plugin|plugin|global_plugin|plugin_load)$/.test(option))
      .map(({ value, file, line }) => `The plugin ${value} (${file}, line ${line}) decides, too.`),
  ];
}

/** What the trial goes without, as long as nobody says that it may be loaded twice. */
function untried({ answers, broker }: Setup, { configuration }: Candidate): string[] {
  const plugins = broker.canShadow && !answers.tryPlugins ? unknownPlugins(configuration) : [];
  return plugins.length === 0
    ? []
    : [
        `The trial beside the broker is without ${pluginWords(plugins)}, which may keep something of its own: what it decides shows after the restart.`,
      ];
}

const same = (one: Listener, other: Listener): boolean =>
  one.port === other.port && one.protocol === other.protocol;

const door = ({ port, addresses, protocol }: Listener): string =>
  protocol === 'unix'
    ? `The socket ${addresses.join(', ')}`
    : `Port ${port}${protocol === 'websockets' ? ' (websockets)' : ''}`;
