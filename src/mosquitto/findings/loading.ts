import type { Place } from '../effective.ts';
import { optionNamed } from '../options.ts';
import type { Configuration, Directive } from '../read.ts';
import { blockOf, lineAt, settingsLines } from './blocks.ts';
import { above, below, type Edit, moved, removed, replaced } from './edit.ts';
import { sibling } from './encryption.ts';
import { type Advice, type Subject, spoken, type Way } from './finding.ts';

/** What is known of a complaint that keeps the broker from starting. */
interface Complaint {
  error: string;
  place: Place;
  /** The line at that place, if something stands there. */
  line: Directive | undefined;
  /** The next `listener` line of that file, which was not read any more. */
  ahead: Place | undefined;
  subject: Subject;
}

/** Ways to put right what the broker complains about, by its words; the likeliest first. */
export function repairs(
  error: string,
  place: Place,
  subject: Subject,
  ahead: Place | undefined,
): Advice {
  const line = lineAt(place, subject.configuration);
  const complaint = { error, place, line, ahead, subject };
  const known = advice.find(
    ([words, applies]) => words.test(error) && (applies?.(line?.raw ?? '') ?? true),
  );
  return known?.[2](complaint) ?? general(complaint);
}

const general = (complaint: Complaint): Advice => ({
  ways: without(complaint),
  otherwise: 'Correct this line, then check again.',
});

/** The line away; a listener or bridge goes with its settings, which would be taken for another's. */
function without({ line, subject }: Complaint): Way[] {
  const { configuration } = subject;
  // Of a listener at which reading ended the settings were not read.
  if (line === undefined || (line.option === 'listener' && configuration.error)) return [];
  return [{ edits: blockOf(line, configuration).map(removed) }];
}

type Known = [
  words: RegExp,
  applies: ((raw: string) => boolean) | null,
  advice: (complaint: Complaint) => Advice,
];

/** The line, written differently. A line about clients without a name is offered closed as well. */
function rewritten({ line, place }: Complaint, text: string, besides: string): Advice {
  const option = text.split(' ')[0] ?? '';
  const texts = [text, ...(/allow_anonymous$/.test(option) ? [`${option} false`] : [])];
  return {
    ways: texts.map((one) => ({ edits: [replaced(line ?? place, one)], besides })),
    otherwise: besides,
  };
}

const trimmed = (raw: string) =>
  raw
    .trim()
    .replace(/^\ufeff/, '')
    .trim();
/** Option and value with one blank between, whatever stood there. */
const spaced = (raw: string) => trimmed(raw).replace(/^([^\s=]+)[\s=]+/, '$1 ');
const lower = (raw: string) => trimmed(raw).replace(/^\S+/, (option) => option.toLowerCase());

const advice: Known[] = [
  [/Permission denied/, null, privilegedPort],
  [
    /Unknown configuration/,
    (raw) => raw.startsWith('\ufeff'),
    (it) =>
      rewritten(
        it,
        spaced(it.line?.raw ?? ''),
        'The file begins with a byte order mark: save it as UTF-8 without one.',
      ),
  ],
  [
    /Unknown configuration/,
    (raw) => /^\s+#/.test(raw),
    (it) => rewritten(it, trimmed(it.line?.raw ?? ''), 'A comment must begin in the first column.'),
  ],
  [
    /Unknown configuration/,
    (raw) => raw.includes('\t'),
    (it) =>
      rewritten(
        it,
        spaced(it.line?.raw ?? '').replaceAll('\t', ' '),
        'Replace the tab by a space: only spaces separate an option from its value.',
      ),
  ],
  [
    /Unknown configuration/,
    (raw) => raw.includes('='),
    (it) =>
      rewritten(it, spaced(it.line?.raw ?? ''), 'A space separates an option from its value.'),
  ],
  [
    /Unknown configuration/,
    (raw) => /[A-Z]/.test(raw.trim().split(/\s/)[0] ?? ''),
    (it) => rewritten(it, lower(it.line?.raw ?? ''), 'Options are written in lower case.'),
  ],
  [
    /Unknown configuration/,
    null,
    (it) => ({
      ways: without(it).map((way) => ({
        ...way,
        besides: 'This version does not know that option; look whether another one is meant.',
      })),
      otherwise: 'This version does not know that option.',
    }),
  ],
  [
    /^Error: Invalid '?\w+'? value/,
    (raw) => optionNamed(trimmed(raw).split(/[\s=]/)[0] ?? '')?.kind === 'boolean',
    (it) => {
      const raw = trimmed(it.line?.raw ?? '');
      const option = raw.split(/[\s=]/)[0] ?? '';
      const on = /\b(true|yes|on|1)\b/i.test(raw.slice(option.length));
      return rewritten(
        it,
        `${option} ${on}`,
        `A switch is "true" or "false", in lower case and without "=" or quotes: "${option} true" or "${option} false".`,
      );
    },
  ],
  [/Duplicate/, null, duplicate],
  [
    /per_listener_settings must be set before/,
    null,
    (it) => {
      const { directives, mainPath } = it.subject.configuration;
      const itself = directives.filter(({ option }) => option === 'per_listener_settings');
      const top = directives.find(({ file }) => file === mainPath);
      return {
        ways: [
          { edits: itself.map(removed), besides: 'It is not needed.' },
          ...(top
            ? [{ edits: [...itself.map(removed), above(top, 'per_listener_settings true')] }]
            : []),
        ],
        otherwise: 'It must be the first line of the main file, or go.',
      };
    },
  ],
  [
    /requires a listener to be defined first/,
    null,
    (it) => {
      const { line, ahead } = it;
      return {
        ways: [
          ...(line && ahead ? [{ edits: moved([line], (text) => below(ahead, text)) }] : []),
          ...without(it),
        ],
        otherwise: 'A setting of a listener belongs below its "listener" line, in the same file.',
      };
    },
  ],
  [/Address already in use|Unable to create websockets listener/, null, portTaken],
  [/specified without certfile|Both certfile and keyfile/, null, pairMissing],
  [
    /Unsupported tls_version/,
    null,
    (it) => {
      const raw = it.line?.raw ?? '';
      const version = raw.includes('1.3') && !raw.includes('1.2') ? 'tlsv1.3' : 'tlsv1.2';
      return rewritten(
        it,
        `tls_version ${version}`,
        'It is one value, in lower case, with nothing after it.',
      );
    },
  ],
  [
    /Unable to open include_dir/,
    (raw) => raw.trimEnd() !== raw || / #/.test(raw),
    (it) =>
      rewritten(
        it,
        trimmed(it.line?.raw ?? '').replace(/\s+#.*$/, ''),
        'Nothing may follow the name of the folder, not even a blank.',
      ),
  ],
  [
    /include_dir/,
    null,
    (it) => ({
      ways: without(it).map((way) => ({
        ...way,
        besides: 'If the folder is meant, make it first. Only the main file may include.',
      })),
      otherwise: 'Look whether the folder exists; only the main file may include.',
    }),
  ],
  [
    /is a directory/,
    null,
    () => ({ ways: [], otherwise: 'Rename that folder so that it does not end in ".conf".' }),
  ],
  [
    /Unable to start any listening sockets/,
    null,
    ({ subject }) => {
      const { memory, mainPath } = subject.configuration;
      const taken = new Set(memory.listeners.map(({ port }) => port));
      const port = [1883, 1884, 1885, 1886].find((one) => !taken.has(one)) ?? 2883;
      const text = `listener ${port} 127.0.0.1`;
      const otherwise = 'This broker does not start with websockets alone.';
      return {
        ways: [{ edits: [{ action: 'append', file: mainPath, text }], besides: otherwise }],
        otherwise,
      };
    },
  ],
  [
    /certificate and psk encryption in a single listener/,
    null,
    ({ line, subject }) => {
      const { directives } = subject.configuration;
      const own = directives.filter(({ listener }) => listener && listener === line?.listener);
      const keys = own.filter(({ option }) => option === 'psk_hint' || option === 'psk_file');
      const otherwise = 'Use certificates or a shared key on one listener, not both.';
      return { ways: [{ edits: keys.map(removed), besides: otherwise }], otherwise };
    },
  ],
  [
    /Malformed UTF-8/,
    null,
    () => ({
      ways: [],
      otherwise: 'Save the file as UTF-8, and remove control characters from this line.',
    }),
  ],
];

/** Debian's broker has given up root when it opens its ports. */
function privilegedPort({ line }: Complaint): Advice {
  const [, option, port, rest] = /^(listener|port) +(\d+)(.*)$/.exec(line?.raw.trim() ?? '') ?? [];
  const otherwise = 'Ports below 1024 are for root, which the broker has given up by then.';
  const text = `${option} ${Number(port) + 8000}${rest}`;
  return {
    ways: line && port ? [{ edits: [replaced(line, text)], besides: otherwise }] : [],
    otherwise: `${otherwise} Choose a port above 1023.`,
  };
}

/** The first of the two is told; whether it or the later one goes is judged by whom they let in. */
function duplicate(it: Complaint): Advice {
  const { line, subject } = it;
  const first = line && earlier(line, subject.configuration);
  const besides = first
    ? `The setting was made before, in ${spoken(first)}: "${first.raw.trim()}".`
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
function portTaken(it: Complaint): Advice {
  const { configuration } = it.subject;
  const { listeners } = configuration.memory;
  const mine = listeners.find(({ at }) => at?.file === it.place.file && at.line === it.place.line);
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
function pairMissing({ subject, place }: Complaint): Advice {
  const mine = subject.configuration.memory.listeners.find(({ settings }) =>
    [...settings.values()].some(
      (one) => one.place.file === place.file && one.place.line === place.line,
    ),
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
    ways: [{ edits, besides: 'Write the paths where your files really are.' }],
    otherwise: 'This listener needs both its certificate and its key.',
  };
}
