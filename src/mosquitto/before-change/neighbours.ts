import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { requireRead } from '../audit/rules/unread.ts';
import type { Candidate } from '../candidate/candidate.ts';
import { readConfiguration } from '../config/reader/read.ts';
import type { Broker } from '../service/broker.ts';

/**
 * Throws a Trouble where a file that would be changed is read by another broker of that machine, too: what is done to
 * one would be done to the other at its next start. Nothing of it is run; the other's configuration is read as it would
 * be then.
 */
export async function requireOwnFiles(
  { neighbours, version }: Broker,
  { files, tree }: Candidate,
): Promise<void> {
  for (const { unit, main } of neighbours) {
    const theirs = await readConfiguration(tree, main, version);
    requireRead(theirs, false);
    const shared = files.find(({ path }) => theirs.files.includes(path));
    if (shared)
      throw new Trouble(`${clean(shared.path, 200)} is also read by another broker, ${unit}.`, {
        likely:
          'Both services have it in their configuration: what is changed for one changes the other.',
        next: 'Give each of them files of its own (another include_dir), then try again. The configuration was not changed.',
      });
  }
}
