import { createHash } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import type { AsRead } from '../../mosquitto/inspection/as-read.ts';

/** A change to the broker's configuration: files that are written, links that are switched. */
export interface Rewrite {
  files: {
    path: string;
    /** What was shown to be there, as latin1 text; null for nothing. Anything else stops it. */
    before: string | null;
    after: string;
    mode: number;
    /** `root:root`; null where all belongs to whoever runs this. */
    owner: string | null;
  }[];
  links: { path: string; target: string }[];
  /** The rest of the configuration as it was shown with it. Anything else stops it, too. */
  asRead?: AsRead;
}

/** What `undo/change.sh` takes as its input. */
export function inputOf({ files, links, asRead }: Rewrite): string {
  const all = [
    ...files.map(({ path, before, after, mode, owner }) => [
      ...['file', path, mode.toString(8), owner ?? '-', before === null ? 'absent' : sum(before)],
      ...dataOf(after),
    ]),
    ...links.map(({ path, target }) => ['link', path, target, '-', '-', sum('')]),
    ...(asRead ? [['read', '-', '-', '-', '-', ...dataOf(watched(asRead))]] : []),
    ['end'],
  ];
  if (all.some((line) => line.some((field) => /[\t\n]/.test(field))))
    throw new Trouble('A file of the configuration has a tab or a line end in its name.', {
      next: 'Give it another name; nothing was changed.',
    });
  return all.map((line) => `${line.join('\t')}\n`).join('');
}

/** Three lines for each file (`file`, its path, its digest) and each folder (`names`, its path, the names). */
const watched = ({ files, folders }: AsRead): string =>
  [
    ...files.map(({ path, text }) => ['file', path, sum(text)]),
    ...folders.map(({ path, names }) => ['names', path, names.map((name) => `${name}/`).join('')]),
  ]
    .map((line) => `${line.join('\n')}\n`)
    .join('');

/** The last two fields of a line. */
const dataOf = (latin1: string): [string, string] => [
  sum(latin1),
  Buffer.from(latin1, 'latin1').toString('base64'),
];

const sum = (latin1: string): string =>
  createHash('sha256').update(Buffer.from(latin1, 'latin1')).digest('hex');
