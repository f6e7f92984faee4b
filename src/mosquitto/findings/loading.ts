import type { Place } from '../effective.ts';
import type { Directive } from '../read.ts';
import { found, type Rule } from './finding.ts';

/** The broker would not start. */
export const doesNotLoad: Rule = ({ configuration, effective }) => {
  const { firstError, firstErrorAt, loads } = effective;
  if (loads || firstError === null) return [];
  const place: Place = firstErrorAt ?? { file: configuration.mainPath, line: 1 };
  const line = configuration.directives.find(
    (one) => one.file === place.file && one.line === place.line,
  );
  return [
    found(
      'does-not-load',
      'critical',
      place,
      `The broker does not start with this configuration. It says: ${firstError.replace(/\.?$/, '.')}`,
      adviceFor(firstError, line),
    ),
  ];
};

/** What to do about a complaint, by the broker's words; the first that fits. */
function adviceFor(error: string, line: Directive | undefined): string {
  const raw = line?.raw ?? '';
  const option = line?.option ?? '';
  return (
    advice.find(([words, test]) => words.test(error) && (test?.(raw) ?? true))?.[2](option) ??
    general
  );
}

const general = 'Correct or remove this line, then check again.';

type Advice = [
  words: RegExp,
  raw: ((raw: string) => boolean) | null,
  fix: (option: string) => string,
];

const advice: Advice[] = [
  [
    /Permission denied/,
    null,
    () =>
      'Ports below 1024 are for root, and the broker runs as user mosquitto: choose a port above.',
  ],
  [
    /Unknown configuration/,
    (raw) => raw.startsWith('\ufeff'),
    () => 'The file begins with a byte order mark. Save it as UTF-8 without one.',
  ],
  [
    /Unknown configuration/,
    (raw) => /^\s+#/.test(raw),
    () => 'A comment must begin in the first column: remove the blanks before "#".',
  ],
  [
    /Unknown configuration/,
    (raw) => raw.includes('\t'),
    () => 'Replace the tab by a space: only spaces separate an option from its value.',
  ],
  [
    /Unknown configuration/,
    (raw) => raw.includes('='),
    (option) => `Write a space instead of "=": "${option.replace('=', ' ')}".`,
  ],
  [
    /Unknown configuration/,
    (raw) => /[A-Z]/.test(raw.trim().split(/\s/)[0] ?? ''),
    (option) => `Options are written in lower case: "${option.toLowerCase()}".`,
  ],
  [
    /Unknown configuration/,
    null,
    () => 'This version does not know that option. Remove the line, or correct its spelling.',
  ],
  [
    /^Error: Invalid '?\w+'? value/,
    (raw) => /(yes|no|on|off|true|false|=)/i.test(raw),
    (option) =>
      `Write "${option} true" or "${option} false", in lower case and without "=" or quotes.`,
  ],
  [
    /Duplicate/,
    null,
    (option) => `Keep one "${option}" line: this setting was made before, perhaps in another file.`,
  ],
  [
    /per_listener_settings must be set before/,
    null,
    () =>
      'Remove this line; it is not needed. (To keep it, make it the first line of the main file.)',
  ],
  [
    /requires a listener to be defined first/,
    null,
    () => 'Move this line below the "listener" line it is meant for, in the same file.',
  ],
  [
    /Address already in use/,
    null,
    () =>
      'Two listeners want the same port, perhaps from two files, or one that a line before any "listener" line opens. Remove one.',
  ],
  [
    /specified without certfile|Both certfile and keyfile/,
    null,
    () => 'Give this listener both "certfile" and "keyfile", or remove its TLS lines.',
  ],
  [
    /Name or service not known/,
    (raw) => /[\t#]/.test(raw),
    () =>
      'Only a space ends the name or address: remove the tab, or put the comment on a line of its own.',
  ],
  [
    /Name or service not known/,
    null,
    () => 'Write an address of this machine as numbers, or a host name: nothing else stands there.',
  ],
  [
    /Unsupported tls_version/,
    null,
    () =>
      'Write "tls_version tlsv1.2" or "tls_version tlsv1.3": one value, in lower case, nothing after it.',
  ],
  [
    /include_dir/,
    (raw) => /\s#/.test(raw),
    () => 'What follows is part of the name: put the comment on a line of its own.',
  ],
  [
    /include_dir/,
    null,
    () =>
      'Check the folder name for blanks at its end, and that the folder exists; only the main file may include.',
  ],
  [/is a directory/, null, () => 'Rename that folder so that it does not end in ".conf".'],
  [
    /Unable to start any listening sockets/,
    null,
    () =>
      'This broker does not start with websockets alone: add a "listener" line without "protocol websockets".',
  ],
  [
    /certificate and psk/,
    null,
    () => 'Use certificates or a shared key on one listener, not both.',
  ],
  [
    /Malformed UTF-8/,
    null,
    () => 'Save the file as UTF-8, and remove control characters from this line.',
  ],
];
