import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import type { ProgramResult } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { entries } from '../stage/observe.ts';

// What an undo says that it did, and what other programs see of it.

/** The broker's files and its process before an undo. */
export interface Look {
  tree: string;
  pid: number;
  /** The paths of each change that is kept there. */
  journal: string[];
  /** What is kept of their files, by SHA-256. */
  copies: string[];
}

export async function lookAt(host: TestHost): Promise<Look> {
  const paths =
    'for one in /var/lib/mqtt-lockstep/*/[0-9]*/[0-9]*/path /var/lib/mqtt-lockstep/*/registered/[0-9]*/[0-9]*/path; do cat "$one" 2>/dev/null && echo; done; true';
  const journal = (await host.exec(['sh', '-c', paths])).stdout.split('\n').filter(Boolean);
  const sums = [
    'find',
    '/var/lib/mqtt-lockstep',
    '-name',
    'copy',
    '-type',
    'f',
    '-exec',
    'sha256sum',
  ];
  const copies = (await host.exec([...sums, '{}', '+'])).stdout.split('\n').filter(Boolean);
  return {
    tree: await observe.tree(host),
    pid: (await observe.service(host)).pid,
    journal,
    copies: copies.map((line) => line.slice(0, 64)),
  };
}

/** What an undo says: all of what it printed, as it is to be read. */
interface Words {
  restored: string[];
  removed: string[];
  left: string[];
  later: { path: string; kept: string }[];
}

/** A change that waited was put back before the undo itself, which does not name it. */
const noted = /has been put back/;

const below = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** Made ready beside a file, and never read by a broker. */
const ready = (path: string) => /\/\.(lockstep|staging)-[^/]*/.test(path);

/** A folder of Lockstep's own making. */
const ours = /\/release-\d{4}$/;

/** A file that somebody has put into that folder. */
const theirs = (path: string, folder: string) => path === `${folder}/mine.txt`;

/** Each file is as an undo said that it is. `original` is what was there before the set-up. */
export function expectUndoTrue(
  undo: ProgramResult,
  original: Tree,
  before: Look,
  after: Look,
): void {
  if (undo.code === 0) expectRestored(undo, original, before, after);
  else if (undo.code !== null) expectNotRestored(undo, original, before, after);
}

function expectRestored(undo: ProgramResult, original: Tree, before: Look, after: Look): void {
  const said: Partial<Words> & { result: string } = JSON.parse(undo.stdout);
  const { restored = [], removed = [], left = [], later = [] } = said;
  const [were, are] = [entries(before.tree), entries(after.tree)];
  for (const path of restored) expect(are.get(path), `restored ${path}`).toBe(original.get(path));
  for (const path of removed) expect(are.has(path), `removed ${path}`).toBe(false);
  for (const path of left) {
    expect(are.has(path), `left ${path}`).toBe(true);
    const others = [...are.keys()].filter((one) => one !== path && below(one, [path]));
    expect(others, `left ${path} for somebody's files`).not.toEqual([]);
  }
  expectKept(later, before, were, are);
  const named = [...restored, ...later.map(({ kept }) => kept)];
  // What was brought goes with its folder; one that an earlier undo has left for somebody's file is no more of it.
  const leftBefore = (path: string) =>
    !before.journal.includes(path) && [...were.keys()].some((one) => theirs(one, path));
  const brought = [...were.keys()].filter(
    (path) => ours.test(path) && !original.has(path) && !leftBefore(path),
  );
  for (const path of brought) if (!left.includes(path)) expect(are.has(path), path).toBe(false);
  const folders = [...removed, ...left, ...brought];
  for (const path of new Set([...were.keys(), ...are.keys()])) {
    if (ready(path)) expect(are.has(path), `made ready: ${path}`).toBe(false);
    else if (!named.includes(path) && !below(path, folders))
      expectUntouched(path, [original, were, are], noted.test(undo.stderr));
  }
  if (said.result === 'nothing-to-undo') expect([restored, removed, left]).toEqual([[], [], []]);
}

type Tree = ReadonlyMap<string, string>;
type Trees = [original: Tree, were: Tree, are: Tree];

/** As it was; or as it was at first, where more was put back than is named. */
function expectUntouched(path: string, [original, were, are]: Trees, more: boolean): void {
  const may = [were.get(path), ...(more ? [original.get(path)] : [])];
  expect(may, `nothing is said of ${path}`).toContain(are.get(path));
}

/** The paths of the lines that are left to be done by hand. */
export function leftByHand(stderr: string): string[] {
  const patterns = [
    /^ +sudo cp -aT --remove-destination \S+\/copy (\S+)$/gm,
    /^ +sudo rm -f (\S+) {3}# there was none$/gm,
    /^ +sudo rmdir (\S+) {3}# (?:there was none|made by Lockstep)/gm,
    /^ +sudo rm -rf (\S+)$/gm,
    /^ +# What was kept of (\S+) is (?:gone|damaged)\. Put that file right yourself\.$/gm,
    /^ +# Which file (\S+) stands for cannot be told any more\.$/gm,
  ];
  return patterns.flatMap((one) => [...stderr.matchAll(one)].map((match) => match[1] ?? ''));
}

/** What an undo that failed says that it kept of somebody's edits. */
const keptBeside = (stderr: string) =>
  [...stderr.matchAll(/^ +# kept +(\S+) as it was changed since: (\S+)$/gm)].map(
    ([, path = '', kept = '']) => ({ path, kept }),
  );

/**
 * What somebody has edited is beside, as it was: with all that is seen of it but its name. Where it was changed again
 * after the edit, that is what an undo of the last change has brought back on the way.
 */
function expectKept(later: Words['later'], { copies }: Look, were: Tree, are: Tree): void {
  const facts = (tree: Tree, path: string) => tree.get(path)?.replace(path, '');
  for (const { path, kept } of later) {
    const sum = are.get(kept)?.split('\n')[1] ?? '';
    if (!copies.includes(sum)) expect(facts(are, kept), `kept ${path}`).toBe(facts(were, path));
  }
}

function expectNotRestored(undo: ProgramResult, original: Tree, before: Look, after: Look): void {
  const { stderr } = undo;
  const trees: Trees = [original, entries(before.tree), entries(after.tree)];
  const [, were, are] = trees;
  if (/Nothing was changed|Nothing was put back/.test(stderr))
    expect(after.tree, stderr).toBe(before.tree);
  // Only the broker is not as it was.
  if (/^The files are as they were, but/m.test(stderr))
    for (const path of before.journal)
      if (original.has(path)) expect(are.get(path), `as it was: ${path}`).toBe(original.get(path));
  const counted = /^(One file|(\d+) files) could not be put back\./m.exec(stderr);
  if (!counted) return;
  const failed = leftByHand(stderr);
  expect(failed, stderr).toHaveLength(Number(counted[2] ?? 1));
  // Nothing of such a change was touched; what was changed more often may have gone back by the later change.
  const often = (path: string) => before.journal.filter((one) => one === path).length > 1;
  for (const path of failed)
    if (!often(path)) expect(are.get(path), `failed ${path}: ${stderr}`).toBe(were.get(path));
  const later = keptBeside(stderr);
  expectKept(later, before, were, are);
  const named = [...failed, ...later.map(({ kept }) => kept)];
  for (const path of new Set([...were.keys(), ...are.keys()]))
    if (!named.includes(path) && !ready(path)) expectUntouched(path, trees, true);
  // A broker that serves is not restarted with half of its files.
  if (!noted.test(stderr)) expect(after.pid, stderr).toBe(before.pid);
}
