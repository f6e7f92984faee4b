import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { newFolder } from '../../support/undo/folder.ts';
import { expectArmed } from '../../support/undo/healing.ts';
import { type Kind, kinds } from '../../support/undo/init.ts';

// A change where room is left for a part of it: either nothing of it is there, or its undo is armed and does put it back,
// with as little room as there is then.

const root = process.getuid?.() === 0;

/** A disk of its own, of which so many pages are free. */
function leavePages(disk: string, pages: number): void {
  const script = `used=$(df -Pk "$1" | tail -n 1 | tr -s " " | cut -d " " -f 3)
size=$((used + $2 * 4))
# No size at all is no limit.
[ $size -gt 0 ] || { size=4; echo >"$1/filler"; }
mount -o "remount,size=\${size}k" "$1"`;
  execFileSync('sh', ['-euc', script, 'pages', disk, String(pages)]);
}

/** What of ours is in a folder of what is started at a boot. */
const leftIn = (folder: string): string =>
  execFileSync('find', [folder, '-name', '*lockstep*'], { encoding: 'utf8' });

const places: { full: string; most: number; least: number; only?: Kind }[] = [
  { full: 'var', most: 200, least: 20 },
  { full: 'etc', most: 50, least: 0 },
  // Beside the undo of it, which has all the room it wants.
  { full: 'units', most: 10, least: 0, only: 'systemd' },
  { full: 'init.d', most: 10, least: 0, only: 'sysv' },
];

/** `npm test` meets a sample, `npm run sweeps` all. */
const [numbers, step] = process.env.LOCKSTEP_TEST_FULL
  ? ['every number', 1]
  : ['every third number', 3];

test
  .skipIf(!root)
  .each(
    places
      .flatMap((place) => kinds.map((kind) => ({ ...place, kind, numbers })))
      .filter(({ only, kind }) => only === undefined || only === kind),
  )(
  'with $numbers of free pages in $full, with a service of $kind',
  { timeout: 900_000 },
  async ({ full, kind, most, least }) => {
    await using folder = await newFolder(kind);
    const { at, changes, file, init, inside, tree } = folder;
    const state = at('var/state');
    let made = false;
    let refused = -1;
    for (let pages = 0; !made && pages < most; pages += step) {
      const what = `${pages} pages free`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'lockstep', at(full)]);
      try {
        await writeFile(at('etc/main.conf'), 'first\n');
        const before = tree();
        leavePages(at(full), pages);
        const files = [
          file('etc/main.conf', 'first\n', 'second\n'),
          file('etc/a/new.conf', null, 'new\n'),
        ];
        made = await folder.make(files, [{ path: at('etc/current'), target: 'release-0001' }]).then(
          () => true,
          () => false,
        );
        if (made) {
          expect(tree(), what).not.toBe(before);
          await expectArmed(folder, what);
          // As the one who waits there does it; by then its time is over.
          await writeFile(`${state}/armed/until`, '1 1');
          const [program = '', ...words] = inside([
            ...['sh', `${state}/put-back`, state, 'timer', kind, 'waiting'],
          ]);
          execFileSync(program, words, { timeout: 60_000 });
        } else {
          refused = pages;
          // As whoever comes next does it.
          await changes.putBack('waiting');
        }
        expect(await changes.waiting(), what).toBeNull();
        expect(tree(), what).toBe(before);
        for (const one of init) expect(leftIn(at(one)), what).toBe('');
      } finally {
        execFileSync('umount', ['--lazy', at(full)]);
        for (const one of ['etc', 'var/state', ...init])
          await rm(at(one), { recursive: true, force: true });
        for (const one of ['etc', ...init]) await mkdir(at(one));
      }
    }
    expect(made).toBe(true);
    expect(refused).toBeGreaterThanOrEqual(least);
  },
);
