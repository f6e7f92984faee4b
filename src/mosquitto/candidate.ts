import { accessText, type Goal } from './access.ts';
import type { Layout } from './broker.ts';
import { type Contradiction, contradictions, strike } from './contradictions.ts';
import { type Effective, effective } from './effective.ts';
import { type ConfigurationFiles, overlay } from './files.ts';
import { type Configuration, readConfiguration } from './read.ts';
import { shortfalls } from './shortfalls.ts';

/** A configuration that would reach the goal, worked out without touching anything. */
export interface Candidate {
  /** The files that would change; `before` is null where there is none yet. */
  files: { path: string; before: string | null; after: string }[];
  /** Lines elsewhere that contradict the goal and would be taken out, each with the reason. */
  contradictions: Contradiction[];
  configuration: Configuration;
  /** The tree as it would be. */
  tree: ConfigurationFiles;
  effective: Effective;
  /** What still stands in the way of the goal, in words; empty when nothing does. */
  shortfalls: string[];
}

/**
 * Works out the new access.conf and what else has to change for the goal: lines elsewhere that
 * contradict it are struck out, and the folder of access.conf is included where it is not. The rest
 * of the tree is left alone. The result is read again the way the broker reads, so what comes out is
 * judged by what the broker would do with it, not by what was meant.
 */
export async function candidateFor(
  goal: Goal,
  files: ConfigurationFiles,
  present: Configuration,
  layout: Layout,
  version: string,
): Promise<Candidate> {
  const found = contradictions(present, goal);
  const changes = new Map<string, { before: string | null; after: string }>();
  const note = async (path: string, change: (text: string) => string) => {
    const bytes = await files.read(path);
    // latin1 keeps every byte of a file in whatever encoding somebody wrote it.
    const text = bytes === null ? null : Buffer.from(bytes).toString('latin1');
    const after = change(changes.get(path)?.after ?? text ?? '');
    if (after !== text) changes.set(path, { before: text, after });
    else changes.delete(path);
  };
  const old = await files.read(layout.access);
  const kept = keptLines(present, layout.access, found, old);
  await note(layout.access, () => accessText(goal, kept));
  for (const path of new Set(found.map((one) => one.place.file)))
    if (path !== layout.access) await note(path, (text) => strike(text, path, found));

  let result = await read(changes);
  if (!result.configuration.files.includes(layout.access) && !result.configuration.error) {
    const folder = layout.access.slice(0, layout.access.lastIndexOf('/'));
    const line = `include_dir ${folder}\n`;
    await note(layout.main, (text) => text.replace(/([^\n])$/, '$1\n') + line);
    result = await read(changes);
  }
  return {
    files: [...changes].map(([path, change]) => ({ path, ...change })),
    contradictions: found.filter((one) => one.place.file !== layout.access),
    ...result,
    shortfalls: shortfalls(result.effective, goal),
  };

  async function read(changed: typeof changes) {
    const bytes = new Map(
      [...changed].map(([path, { after }]) => [path, Buffer.from(after, 'latin1')]),
    );
    const tree = overlay(files, bytes);
    const configuration = await readConfiguration(tree, layout.main, version);
    return { tree, configuration, effective: effective(configuration, version) };
  }
}

/** What the old access.conf says that is not about the two doors: it is kept, around our listeners. */
function keptLines(
  present: Configuration,
  access: string,
  struck: readonly Contradiction[],
  old: Uint8Array | null,
): { before: string[]; after: string[] } {
  if (old === null) return { before: [], after: [] };
  const gone = new Set(
    struck.filter((one) => one.place.file === access).map((one) => one.place.line),
  );
  const before: string[] = [];
  const after: string[] = [];
  for (const directive of present.directives) {
    if (directive.file !== access || gone.has(directive.line)) continue;
    const own = directive.listener !== null && !directive.listener.isDefault;
    const ofListener = directive.option === 'listener' || directive.scope === 'listener';
    (own && ofListener ? after : before).push(directive.raw.trim());
  }
  return { before, after };
}
