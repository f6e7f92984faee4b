import type { Place } from '../../config/model/place.ts';
import { optionNamed } from '../../config/options/options.ts';
import { asMeant } from './as-meant.ts';
import { addressUnknown, interfaceUnknown } from './binding.ts';
import { lineAt } from './blocks.ts';
import { above, below, moved, removed } from './edit.ts';
import type { Advice, Subject } from './finding.ts';
import {
  type Complaint,
  duplicate,
  general,
  pairMissing,
  portTaken,
  privilegedPort,
  rewritten,
  unknown,
  websocketsFailed,
  without,
} from './repairs.ts';

/** Ways to put right what the broker complains about, by its words; the likeliest first. */
export function repairs(
  error: string,
  place: Place,
  subject: Subject,
  ahead: Place | undefined,
): Advice {
  const line = lineAt(place, subject.configuration);
  const complaint = { error, place, line, ahead, subject };
  const meant = asMeant(complaint);
  if (meant !== null) return meant;
  const known = advice.find(
    ([words, applies]) => words.test(error) && (applies?.(line?.raw ?? '') ?? true),
  );
  return known?.[2](complaint) ?? general(complaint);
}

type Known = [
  words: RegExp,
  applies: ((raw: string) => boolean) | null,
  advice: (complaint: Complaint) => Advice,
];

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
  [/Unknown configuration/, null, unknown],
  [
    /^Error: Invalid '?\w+'? value/,
    (raw) => optionNamed(trimmed(raw).split(/[\s=]/)[0] ?? '')?.kind === 'boolean',
    (it) => {
      const raw = trimmed(it.line?.raw ?? '');
      const option = raw.split(/[\s=]/)[0] ?? '';
      const value = raw.slice(option.length);
      // What shuts others out is meant to, unless it plainly is not.
      const on = /^require_certificate$/.test(option)
        ? !/\b(false|no|off|0)\b/i.test(value)
        : /\b(true|yes|on|1)\b/i.test(value);
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
  [/Address already in use/, null, portTaken],
  [/Unable to create websockets listener/, null, websocketsFailed],
  [/specified without certfile|Both certfile and keyfile/, null, pairMissing],
  [
    /Name or service not known/,
    (raw) => /[\t#]/.test(raw),
    (it) =>
      rewritten(
        it,
        trimmed(it.line?.raw ?? '').replace(/[\t\s]*[\t#].*$/, ''),
        'Only a space ends the name or address, and nothing may follow it.',
      ),
  ],
  [/Name or service not known|^Error: Invalid argument|Address family/, null, addressUnknown],
  [/: Interface .* does not|^\w+: Interface address/, null, interfaceUnknown],
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
