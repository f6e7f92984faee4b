import { nearest } from '../../../text/nearest.ts';
import { isAtLeast } from '../../config/model/behaviour.ts';
import type { Configuration, Directive } from '../../config/model/configuration.ts';
import { type Memory, textOf } from '../../config/model/memory.ts';
import type { Place } from '../../config/model/place.ts';
import { withoutSecret } from '../../config/model/secret-lines.ts';
import { optionNamed, optionNames } from '../../config/options/options.ts';
import { sibling } from '../rules/encryption.ts';
import { blockOf, lineAt, settingsLines } from './blocks.ts';
import { below, type Edit, moved, removed, replaced } from './edit.ts';
import { type Advice, type Subject, spoken, type Way } from './finding.ts';

/** What is known of a complaint that keeps the broker from starting. */
export interface Complaint {
  error: string;
  place: Place;
  /** The line at that place, if something stands there. */
  line: Directive | undefined;
  /** The next `listener` line of that file, which was not read any more. */
  ahead: Place | undefined;
  subject: Subject;
}

/** What decides who gets in, where and how: without its line it could be more than is meant. */
const decides =
  /^((listener_)?allow_anonymous|password_file|acl_file|psk_(file|hint)|clientid_prefixes|(ca|cert|key|crl)file|capath|tls_version|ciphers(_tls1\.3)?|require_certificate|use_(identity|subject)_as_username|(auth_|global_)?plugin|plugin_(load|use)|mount_point|socket_domain|bind_(address|interface)|listener|port)$/;

/** The line away, or corrected; corrected alone where it decides who gets in. */
export function general(complaint: Complaint): Advice {
  const { line } = complaint;
  if (!decides.test(line?.option ?? ''))
    return { ways: without(complaint), otherwise: 'Correct this line, then check again.' };
  return {
    // What a listener is to be is in its line alone.
    ways: line?.option === 'listener' ? [] : without(complaint).map(assumed),
    otherwise:
      'Correct this line and keep it: it decides who gets in, and without it more could than are meant to.',
  };
}

const assumed = ({ edits }: Way): Way => ({ edits, assumed: true });

/** An option that this version does not know: as one that it knows, or away. */
export function unknown(it: Complaint): Advice {
  const { line, subject } = it;
  const otherwise = 'This version does not know that option.';
  if (line === undefined) return { ways: [], otherwise };
  if (decides.test(line.option))
    return {
      ways: without(it).map(assumed),
      otherwise: `${otherwise} Write what it is to decide in the words of this version.`,
    };
  const near = knownOption(line.option, subject.behaviour.version);
  const besides = `${otherwise.replace('.', ';')} look whether another one is meant.`;
  return {
    ways: [
      ...(near
        ? rewritten(
            it,
            `${near} ${line.value}`.trim(),
            `There is no "${withoutSecret(line.option)}".`,
          ).ways
        : []),
      ...without(it).map((way) => ({ ...way, besides })),
    ],
    otherwise,
  };
}

/** The option that somebody most likely meant who wrote it with one or two letters wrong; null: none. */
function knownOption(written: string, version: string): string | null {
  const known = optionNames().filter((name) =>
    isAtLeast(version, optionNamed(name)?.since ?? '2.0.0'),
  );
  return nearest(written, known, () => (written.length < 6 ? 1 : 2));
}

/** The line away; a listener or bridge goes with its settings, which would be taken for another's. */
export function without({ line, subject }: Complaint): Way[] {
  const { configuration } = subject;
  // Of a listener at which reading ended the settings were not read.
  if (line === undefined || (line.option === 'listener' && configuration.error)) return [];
  return [{ edits: blockOf(line, configuration).map(removed) }];
}

/** The line, written differently. A line about clients without a name is offered closed as well. */
export function rewritten({ line, place }: Complaint, text: string, besides: string): Advice {
  const option = text.split(' ')[0] ?? '';
  const texts = [text, ...(/allow_anonymous$/.test(option) ? [`${option} false`] : [])];
  return {
    ways: texts.map((one) => ({ edits: [replaced(line ?? place, one)], besides })),
    otherwise: besides,
  };
}

/** Debian's broker has given up root when it opens its ports. */
export function privilegedPort({ line }: Complaint): Advice {
  const otherwise = 'Ports below 1024 are for root, which the broker has given up by then.';
  const text = withHigherPort(line?.raw.trim() ?? '');
  return {
    ways: line && text ? [{ edits: [replaced(line, text)], besides: otherwise }] : [],
    otherwise: `${otherwise} Choose a port above 1023.`,
  };
}

/** Whether a listener wants a port that only root gets, of a broker that is not root any more. */
export const isPrivileged = ({ port }: Configured, { broker }: Memory): boolean =>
  port > 0 && port < 1024 && textOf(broker, 'user') !== 'root';

/** A line that opens a port, with one that everybody may open; null where it names none. */
export function withHigherPort(text: string): string | null {
  const [, option, port, rest] = /^(listener|port) +(\d+)(.*)$/.exec(text) ?? [];
  return port === undefined ? null : `${option} ${Number(port) + 8000}${rest}`;
}

/** libwebsockets says only that it failed: without a certificate for a key, without root, or without a free port. */
export function websocketsFailed(it: Complaint): Advice {
  const { memory } = it.subject.configuration;
  const mine = memory.listeners.find(({ at }) => isSamePlace(at, it.place));
  if (mine?.settings.has('keyfile') && !mine.settings.has('certfile'))
    return pairMissing({ ...it, place: mine.settings.get('keyfile')?.place ?? it.place });
  return mine && isPrivileged(mine, memory) ? privilegedPort(it) : portTaken(it);
}

const isSamePlace = (one: Place | null, other: Place): boolean =>
  one?.file === other.file && one.line === other.line;

/** The first of the two is told; whether it or the later one goes is judged by whom they let in. */
export function duplicate(it: Complaint): Advice {
  const { line, subject } = it;
  const first = line && earlier(line, subject.configuration);
  const besides = first
    ? `The setting was made before, in ${spoken(first)}: "${withoutSecret(first.raw.trim())}".`
    : 'The setting was made before, perhaps in another file.';
  const same = first && line && first.value === line.value;
  return {
    ways: [...without(it), ...(first && !same ? [{ edits: [removed(first)] }] : [])].map((way) => ({
      ...way,
      besides: same ? `${besides} It says the same.` : besides,
    })),
    otherwise: besides,
  };
}

/** The line that a duplicate repeats. */
function earlier(line: Directive, { directives, memory }: Configuration): Directive | undefined {
  const key = (option: string) => optionNamed(option)?.keptAs ?? option;
  const before = directives.slice(0, directives.indexOf(line));
  return before.findLast(({ option, scope, listener, file }) => {
    if (key(option) !== key(line.option)) return false;
    if (scope === 'listener' || (scope === 'security' && memory.perListener !== null))
      return listener === line.listener;
    return scope !== 'bridge' || file === line.file;
  });
}

/** Two listeners want one port: the later goes, or the other, or lines that were meant for it. */
export function portTaken(it: Complaint): Advice {
  const { configuration } = it.subject;
  const { listeners } = configuration.memory;
  const mine = listeners.find(({ at }) => isSamePlace(at, it.place));
  const other = listeners.find((one) => one !== mine && one.port === mine?.port);
  if (mine === undefined || other === undefined) return general(it);
  const besides = `Two listeners want port ${mine.port}: ${[mine, other].flatMap(({ at }) => (at ? [spoken(at)] : [])).join(' and ')}.`;
  const ways = [mine, other].flatMap((one, index): Edit[][] => {
    if (!one.isDefault) return [linesAt(one, configuration).map(removed)];
    const own = defaultLines(one, configuration);
    const target = [other, mine][index]?.at;
    const meantForIt = target && !one.settings.has('port') && !one.settings.has('bind_address');
    return [...(meantForIt ? [moved(own, (text) => below(target, text))] : []), own.map(removed)];
  });
  return { ways: ways.map((edits) => ({ edits, besides })), otherwise: besides };
}

type Configured = Configuration['memory']['listeners'][number];

function linesAt({ at }: Configured, configuration: Configuration): Directive[] {
  const line = lineAt(at, configuration);
  return line ? blockOf(line, configuration) : [];
}

/** What opens the default listener: its settings, and the two lines that stand for it anywhere. */
const defaultLines = (one: Configured, configuration: Configuration): Directive[] => [
  ...configuration.directives.filter(({ option }) => /^(port|bind_address)$/.test(option)),
  ...settingsLines(one, configuration),
];

/** A certificate without its key or the other way round: never served in plain text instead. */
export function pairMissing({ subject, place }: Complaint): Advice {
  const mine = subject.configuration.memory.listeners.find(({ settings }) =>
    [...settings.values()].some((one) => isSamePlace(one.place, place)),
  );
  const given = ['certfile', 'keyfile', 'cafile', 'capath'].find((name) =>
    mine?.settings.has(name),
  );
  const setting = mine?.settings.get(given ?? '');
  const missing = ['certfile', 'keyfile'].filter((name) => !mine?.settings.has(name));
  const edits: Edit[] =
    mine && setting
      ? missing.map((name) => below(setting.place, `${name} ${sibling(name, mine)}`))
      : [];
  return {
    ways: [
      { edits, first: 'First look where your files are, and in these lines write their paths.' },
    ],
    otherwise: 'This listener needs both its certificate and its key.',
  };
}
