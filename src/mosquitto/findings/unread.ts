import { posix } from 'node:path';
import type { Place } from '../effective.ts';
import type { Gap } from '../files.ts';
import type { Configuration } from '../read.ts';
import { type Draft, found } from './finding.ts';

/** A part that was not read: nothing may be said to be all there is. */
export const isUnread = ({ what }: Gap): boolean => what !== 'beside';

/** What was not read, or was read elsewhere than the configuration says. */
export const unreadFindings = (gaps: readonly Gap[], configuration: Configuration): Draft[] =>
  gaps.map(({ path, what, read }) => {
    const line = includeLine(path, configuration);
    const place = line ?? { file: configuration.mainPath, line: 1 };
    switch (what) {
      case 'elsewhere':
        return found(
          'not-read',
          'critical',
          place,
          `The folder ${path} is not in the folder that was given, so what it includes was not read; it can open the broker.`,
          `Copy it to a folder of the same name (${posix.basename(path)}) beside the main file and audit again, or audit the broker itself (without "--config").`,
        );
      case 'link':
        return found(
          'not-read',
          'critical',
          line ?? { file: path, line: 1 },
          `${path} is a link that leads out of the folder that was given, so it was not read; it can open the broker.`,
          'Copy what it leads to into its place and audit again, or audit the broker itself (without "--config").',
        );
      case 'beside':
        return found(
          'read-beside',
          'note',
          place,
          `${read} was read for ${path}: it has the same name, and is beside the main file.`,
          'Nothing needs to be done if it is the same; otherwise give the right folder that name and audit again.',
        );
      default:
        return found(
          'not-read',
          'critical',
          place,
          `The folder ${path} is not in the folder that was given. If the broker has it, what it includes was not read, and can open the broker; if not, the broker does not start.`,
          'Copy it there as well, or make an empty one where it is empty on the broker (git keeps no empty folders), and audit again; or audit the broker itself (without "--config").',
        );
    }
  });

/** The line that includes a folder, by the name that it was looked for under. */
const includeLine = (path: string, { directives }: Configuration): Place | undefined =>
  directives.find(({ folder }) => folder === path);
