import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import type { Edit } from './turns.ts';

// Somebody edits the broker's configuration meanwhile; what they wrote must be somewhere, whatever is done.

const mine = '# an edit of mine';
const kept = '/var/lib/mqtt-lockstep';

/**
 * Takes what is edited; a release that is not there yet cannot be, so then a file is added. Says which file it was, its
 * bytes before by SHA-256 (of no file: of nothing), and after, with what `observe.tree` tells of it.
 */
const script = `case $1 in
  access.conf) file=/etc/mosquitto/conf.d/access.conf ;;
  mosquitto.conf) file=/etc/mosquitto/mosquitto.conf ;;
  *) file=/etc/mosquitto/conf.d/mine.conf ;;
esac
if [ "$1" = 'in a release' ]; then
  for one in /etc/mosquitto/certs/release-[0-9]*; do [ ! -d "$one" ] || file=$one/mine.txt; done
fi
text=$(cat "$file" 2>/dev/null && echo x) || text=x
text=\${text%x}
echo '${mine}' >>"$file"
echo "$file"
printf %s "$text" | sha256sum | cut -c 1-64
stat -c '%n f %a %U:%G %s' "$file"
sha256sum "$file" | cut -c 1-64`;

/** Edits it now, if that can be done: there may be no room, or the machine may be off. */
export async function edit(host: TestHost, { what }: Edit, met: Edited): Promise<void> {
  if (met.edited !== null) return;
  const argv = ['sh', '-euc', script, 'edit', what];
  const done = await host.exec(argv).catch(() => null);
  if (done?.code !== 0) return;
  const [path = '', before = '', facts = '', sum = ''] = done.stdout.split('\n');
  met.edited = path;
  // What is put back is what was there before the set-up, with the edit where that came first.
  const had = met.original.get(path);
  const untouched = had === undefined ? !path.includes('/release-') : had.includes(before);
  if (untouched) met.original.set(path, `${facts}\n${sum}\n`);
}

/** Where somebody edited, and the broker's files as they are to be after an undo. */
interface Edited {
  edited: string | null;
  original: Map<string, string>;
}

/** Where an edit is now. `there`: in its file, or in others that the broker reads; `beside`: as NAME.later-DATE. */
export interface Found {
  there: string[];
  beside: string[];
  /** In what is kept for an undo. */
  kept: string[];
}

/** Looks for an edit. */
export async function findEdit(host: TestHost, path: string): Promise<Found> {
  const argv = ['grep', '-rlxF', '--', mine, '/etc/mosquitto', kept];
  const all = (await host.exec(argv)).stdout.split('\n').filter(Boolean);
  const beside = all.filter((one) => one.startsWith(`${path}.later-`));
  const inState = all.filter((one) => one.startsWith(`${kept}/`));
  const there = all.filter((one) => !beside.includes(one) && !inState.includes(one));
  return { there, beside, kept: inState };
}

/** It is somewhere; of one that was the damaged file itself, it is told that this is lost. */
export function expectSomewhere(found: Found, path: string, words: string): void {
  if (found.there.length + found.beside.length + found.kept.length > 0) return;
  expect(words, 'an edit is nowhere any more').toContain(path);
  expect(words).toMatch(/damaged|gone/);
}

/** After an undo that restored all: in its place, or beside and told when this undo has put it there. */
export function expectInPlace(now: Found, before: Found, path: string, stdout: string): void {
  if (now.there.includes(path)) return;
  expect(now.beside, `${path}: ${stdout}`).not.toEqual([]);
  const told: { path: string; kept: string }[] = JSON.parse(stdout).later ?? [];
  const moved = now.beside.filter((one) => !before.beside.includes(one));
  expect(told.filter((one) => one.path === path).map((one) => one.kept)).toEqual(moved);
}
