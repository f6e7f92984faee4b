import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Disk, diskCalls, type Step } from '../../support/undo/disk.ts';
import type { Folder } from '../../support/undo/folder.ts';
import { foundBy } from '../../support/undo/found.ts';
import { initFolders, kinds } from '../../support/undo/init.ts';
import { runBy } from '../../support/undo/run-by.ts';
import { type Script, scriptsOf } from '../../support/undo/scripts.ts';

// Nothing gets its place before what it depends on is on its disk: what is made ready, what is kept, the deadline and the
// unit may lie on different file systems, of which each writes when it likes. Read from the calls of each script.

/** What a step depends on that is not on its disk. */
function missingFor({ from, to }: Step, disk: Disk, { at, kind }: Folder): string[] {
  const state = at('var/state');
  const [armed, journal] = [`${state}/armed`, `${state}/journal`];
  const undo = [`${state}/put-back`, ...Object.values(initFolders[kind])].flatMap((one) =>
    disk.missing(one),
  );
  const parts = ['armed', 'reverting', 'confirmed'];
  // In the place of what the broker reads: what comes, and all that puts it back.
  if (to?.startsWith(at('etc/')))
    return [
      ...(basename(from).startsWith('.lockstep-') ? disk.missing(from) : disk.missing(from, false)),
      // What was there, made ready to be put back by one rename.
      ...(from.endsWith('.new') ? disk.missing(from.replace(/new$/, 'was')) : []),
      ...[...parts.map((part) => `${state}/${part}`), journal].flatMap((one) =>
        disk.missing(one).filter((what) => !what.includes('/journal/undone/')),
      ),
      ...undo,
    ];
  if (to === armed) return [...disk.missing(from, false), ...undo];
  if (to === `${armed}/until` || to === `${state}/put-back`) return disk.missing(from, false);
  // A group that is whole, or goes on from where it is known to be.
  if (to !== null && dirname(to) === journal)
    return from === `${journal}/.new`
      ? disk.missing(from, false)
      : disk.missing(`${state}/confirmed`);
  if (from.startsWith(`${state}/confirmed/`) && to === null)
    return disk.missing(journal).filter((what) => !what.includes('/undone'));
  // What is back is back.
  if (from.startsWith(`${state}/reverting/registered/`) && to !== null)
    return disk.missing(at('etc'));
  return [];
}

/** What a script, changed by `change`, gives its place too early, and what is not in its place for good at the end. */
async function tooEarly(
  script: Script,
  found: Awaited<ReturnType<typeof foundBy>>,
  change: (script: string) => string,
): Promise<string[]> {
  const { folder } = found;
  await found.anew();
  const kept = folder.at('var/state/put-back');
  const there = await readFile(kept, 'utf8').catch(() => null);
  if (there !== null) await writeFile(kept, change(there));
  const trace = folder.at('trace');
  const strace = ['strace', '-f', '-y', '-qq', '-o', trace, '-e', `trace=${diskCalls}`];
  const broker = runBy(folder, (text, words) => [
    ...[...strace, 'sh', '-c', change(text)],
    ...words.map((word) => (word.length > 1000 ? change(word) : word)),
  ]);
  expect(await script.act(broker, folder)).toBe('done');
  const disk = new Disk();
  const places = new Set<string>();
  const early: string[] = [];
  for (const line of (await readFile(trace, 'utf8')).split('\n'))
    disk.follow(line, (step) => {
      const missing = missingFor(step, disk, folder);
      if (missing.length > 0) early.push(`${step.from} to ${step.to}: ${missing.join(', ')}`);
      if (step.to?.startsWith(folder.at('etc/')) || step.to?.endsWith('/until'))
        places.add(step.to);
    });
  return [...early, ...[...places].flatMap((place) => disk.missing(place))];
}

const started = kinds.filter((kind) => kind !== 'none');

describe.each(started.length > 0 ? started : kinds)('with a service of %s', (kind) => {
  test.concurrent.each(scriptsOf(kind))(
    '%s: nothing gets its place before what it depends on is on its disk',
    { timeout: 120_000 },
    async (_, script) => {
      await using found = await foundBy(script, kind);
      expect(await tooEarly(script, found, (text) => text)).toEqual([]);
      // And that would be seen, where a script has something to flush.
      let flushes = false;
      const unflushed = (text: string) => {
        const changed = text.replace('\nflush() {', '\nflush() { :; }\nnot_flushed() {');
        flushes ||= changed !== text;
        return changed;
      };
      expect((await tooEarly(script, found, unflushed)).length > 0).toBe(flushes);
    },
  );
});
