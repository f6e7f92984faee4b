import { seenFrom } from '../config/files/working-folder.ts';
import type { Broker } from '../service/broker.ts';
import type { Look } from './look.ts';

/** A configuration as it was read: whatever is shown of a change to it holds only as long as it is this. */
export interface AsRead {
  /** The text of each file, as latin1. */
  files: { path: string; text: string }[];
  /** The names in each folder that it includes, of files that the broker reads there; hidden ones last. */
  folders: { path: string; names: string[] }[];
}

/**
 * What was read, without the files that the change is to itself. What is named so that no shell and no program would
 * agree on it (not ASCII) is left out: it is not watched.
 */
export async function asRead(
  { layout }: Pick<Broker, 'layout'>,
  { files, configuration }: Look,
  changed: readonly string[],
): Promise<AsRead> {
  const at = (path: string) => seenFrom(layout.cwd, path);
  const ours = new Set(changed.map(at));
  const read: AsRead = { files: [], folders: [] };
  for (const given of new Set(configuration.files)) {
    const path = at(given);
    const bytes = await files.read(given);
    if (bytes !== null && !ours.has(path) && isPlain(path))
      read.files.push({ path, text: Buffer.from(bytes).toString('latin1') });
  }
  for (const { folder } of configuration.directives) {
    if (folder === undefined) continue;
    const names = (await files.list(folder)) ?? [];
    const included = names.filter((name) => name.endsWith('.conf'));
    const path = at(folder);
    if ([path, ...included].every(isPlain)) read.folders.push({ path, names: inOrder(included) });
  }
  return read;
}

const inOrder = (names: string[]): string[] => {
  const hidden = (name: string) => name.startsWith('.');
  const sorted = names.toSorted();
  return [...sorted.filter((name) => !hidden(name)), ...sorted.filter(hidden)];
};

const isPlain = (name: string): boolean => /^[\x20-\x7e]*$/.test(name);
