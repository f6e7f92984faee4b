import { posix } from 'node:path';
import type { ReadingError } from '../../mosquitto/config/model/configuration.ts';
import { brokerThen } from '../../steps/run/broker-then.ts';
import { clean } from '../../text/clean.ts';
import type { NamingLine, Undone } from './undone.ts';

/** A line of a configuration, for people. */
export const placeWords = ({ file, line, text }: NamingLine): string =>
  `${clean(file, 200)} line ${line}: ${clean(text, 200)}`;

/** That the broker does not start with what was there before, and by what. */
export function faultLines(fault: ReadingError | null | undefined): string[] {
  if (!fault) return [];
  const where = fault.place ? `${clean(fault.place.file, 200)} line ${fault.place.line}: ` : '';
  return [
    'The broker would not start with what was there before the set-up:',
    `  ${where}${clean(fault.message, 200)}`,
  ];
}

/** Of a folder that stays: why. */
function whyLeft({ named = [], unread = [] }: Undone, path: string): string[] {
  const lines = named.filter((one) => one.path === path);
  if (lines.length > 0)
    return [
      `${path} (in use: these lines name what is in it)`,
      ...lines.map((one) => `  ${placeWords(one)}`),
    ];
  if (unread.length === 0 || !/^release-\d{4}$/.test(posix.basename(path)))
    return [`${path} (somebody else's files are in it)`];
  return [
    `${path} (perhaps in use: what is named here could not be read)`,
    ...unread.map((one) => `  ${clean(one, 200)}`),
  ];
}

const hints = ({ named = [], unread = [], lost = [] }: Undone): string[] => [
  ...(named.length > 0
    ? [
        'When these lines are gone, or name other files, "lockstep undo" takes away what is in use now.',
      ]
    : []),
  ...(unread.length > 0
    ? ['When all can be read, "lockstep undo" takes away what no line names.']
    : []),
  ...(lost.length > 0
    ? [
        'The configuration does not load. Who repairs it: by these lines the broker finds no certificate any more:',
        ...lost.map((one) => `  ${placeWords(one)}`),
      ]
    : []),
];

export function undoText(undone: Undone): string[] {
  const leave = (word: string): string[] =>
    undone.left.flatMap((path) => {
      const [first = '', ...more] = whyLeft(undone, path);
      return [`${word}${first}`, ...more];
    });
  const hint = hints(undone);
  if (undone.result === 'nothing-to-undo')
    return hint.length > 0
      ? [...leave('left      '), 'Nothing was put back.', ...hint]
      : ['There is nothing to put back: no change of Lockstep is on record there.'];
  if (undone.result === 'would-restore')
    return [
      ...undone.restored.map(
        (path) =>
          `to put back  ${path}${undone.gone?.includes(path) ? ' (somebody has removed it since)' : ''}`,
      ),
      ...undone.removed.map((path) => `to remove    ${path}`),
      ...leave('to leave     '),
      ...(undone.later ?? []).map(
        ({ path }) => `to keep      ${path} as it is now, beside it (changed since)`,
      ),
      ...(undone.ran === null
        ? []
        : [`The broker would be ${undone.ran ? 'restarted' : 'stopped, as it was'}.`]),
      ...faultLines(undone.fault),
      ...hint,
      [...(undone.later ?? []), ...(undone.gone ?? [])].length === 0
        ? 'Nothing was changed: without --dry-run "lockstep undo" does it.'
        : 'Nothing was changed: without --dry-run "lockstep undo" shows what was changed since, and asks; "lockstep undo --yes" does it.',
    ];
  return [
    ...undone.restored.map((path) => `put back  ${path}`),
    ...undone.removed.map((path) => `removed   ${path}`),
    ...leave('left      '),
    ...(undone.later ?? []).map(
      ({ path, kept }) => `kept      ${path} as it was changed since: ${kept}`,
    ),
    `Done: ${brokerThen(undone.ran)}.`,
    ...hint,
    "The authority and the clients' files stay where they are.",
  ];
}
