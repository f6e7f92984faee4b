import { posix } from 'node:path';
import { Trouble } from '../../../errors/trouble.ts';
import { clean } from '../../../text/clean.ts';
import type { Configuration } from '../../config/model/configuration.ts';
import { type Gap, isUnread, most } from '../../config/model/gap.ts';
import type { Place } from '../../config/model/place.ts';
import { type Draft, found } from '../advice/finding.ts';

/** What was not read, or was read elsewhere than the configuration says. */
export const unreadFindings = (gaps: readonly Gap[], configuration: Configuration): Draft[] =>
  gaps.map((gap) => {
    const [message, fix] = words[gap.what](shown(gap));
    const [id, severity] = isUnread(gap)
      ? (['not-read', 'critical'] as const)
      : (['read-beside', 'note'] as const);
    return found(id, severity, placeOf(gap, configuration), message, fix);
  });

/** Throws a Trouble where a part of a configuration was not read, or where nothing was. */
export function requireRead(configuration: Configuration, partly: boolean): void {
  const { gaps, mainPath } = configuration;
  const gap = gaps.find((one) => isUnread(one) && (!partly || one.path === mainPath));
  if (gap === undefined) return;
  const [message, fix] = words[gap.what](shown(gap));
  const what = gap.path === mainPath ? 'The configuration' : 'A part of the configuration';
  throw new Trouble(`${what} was not read.`, {
    likely: clean(message),
    next: clean(fix.replace('audit again', 'try again')),
    exitCode: 2,
  });
}

/** The line that includes a folder, by the name that it was looked for under; else the file itself. */
function placeOf({ path, what }: Gap, { directives, mainPath }: Configuration): Place {
  const line = directives.find(({ folder }) => folder === path);
  if (line !== undefined) return line;
  const isFolder = what === 'elsewhere' || what === 'beside' || what === 'missing';
  return { file: isFolder ? mainPath : path, line: 1 };
}

/** A long name must not take the room of what is said of it. */
const shown = ({ path, ...gap }: Gap): Gap => ({ ...gap, path: clean(path, 120) });

const itself = 'or audit the broker itself (without "--config").';

/** What is so, and what to do. */
const words: Record<Gap['what'], (gap: Gap) => [message: string, fix: string]> = {
  elsewhere: ({ path }) => [
    `The folder ${path} is not in the folder that was given, so what it includes was not read; it can open the broker.`,
    `Copy it to a folder of the same name (${posix.basename(path)}) beside the main file and audit again, ${itself}`,
  ],
  link: ({ path }) => [
    `${path} is a link that leads out of the folder that was given, so it was not read; it can open the broker.`,
    `Copy what it leads to into its place and audit again, ${itself}`,
  ],
  beside: ({ path, detail }) => [
    `${detail} was read for ${path}: it has the same name, and is beside the main file.`,
    'Nothing needs to be done if it is the same; otherwise give the right folder that name and audit again.',
  ],
  missing: ({ path }) => [
    `The folder ${path} is not in the folder that was given. If the broker has it, what it includes was not read, and can open the broker; if not, the broker does not start.`,
    `Copy it there as well, or make an empty one where it is empty on the broker (git keeps no empty folders), and audit again; ${itself}`,
  ],
  loop: ({ path }) => [
    `${path} is a link that leads back to itself, so there is nothing to be read; the broker does not start where it is so there, too.`,
    'Put the file or folder that is meant in its place, or remove it, then audit again.',
  ],
  special: ({ path, detail }) => [
    `${path} is ${detail}, not a file, so it was not read. A broker may wait there until something comes, take what comes, or not start.`,
    'Put the file that is meant in its place, or remove it, then audit again.',
  ],
  failed: ({ path, detail }) => [
    `${path} could not be read (${detail}), so what it says is not known; it can open the broker.`,
    'Have it readable to whoever runs the audit, then audit again.',
  ],
  gone: ({ path }) => [
    `${path} was there when its folder was listed, and gone when it was to be read: somebody changes the configuration now.`,
    'Audit again when nobody does.',
  ],
  nameless: ({ path }) => [
    `The name of ${path} is not UTF-8. The broker reads it all the same; Lockstep has no name for it and did not, and it can open the broker.`,
    'Give it a name in UTF-8, then audit again.',
  ],
  large: ({ path }) => [
    `${path} is larger than ${most.fileBytes >> 20} MiB, more than Lockstep reads of a file, so nothing of it was read; it can open the broker.`,
    'See whether that is meant to be a configuration; move what is none, or split it, then audit again.',
  ],
  limit: ({ path, detail }) => [
    `Lockstep reads at most ${detail} of a configuration, and there is more: from ${path} on nothing was read; it can open the broker.`,
    'See whether all of that is meant to be the configuration; move what is not, then audit again.',
  ],
};
