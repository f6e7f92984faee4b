import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changesOn } from '../../src/undo/change.ts';
import { putBackScript } from '../../src/undo/put-back-script.ts';
import { type Folder, newFolder } from './folder.ts';
import { runBy } from './run-by.ts';

// A change, of which one thing after the other cannot be written: either nothing of it is there, or its undo is armed
// and does put it back, with as little room as there is then.

const root = process.getuid?.() === 0;
const how = { seconds: 60, who: 'ann from here', running: true };

const rewrite = (folder: Folder) => ({
  files: [
    folder.file('etc/main.conf', 'first\n', 'second\n'),
    folder.file('etc/a/new.conf', null, 'new\n'),
  ],
  links: [{ path: folder.at('etc/current'), target: 'release-0001' }],
});

async function begin(folder: Folder): Promise<string> {
  await writeFile(folder.at('etc/main.conf'), 'first\n');
  return folder.tree();
}

/** What has to hold after a change that did come off, or did not, whatever failed of it. */
async function expectWholeOrNothing(folder: Folder, before: string, made: boolean, what: string) {
  const { at, changes, tree } = folder;
  const state = at('var/state');
  if (made) {
    expect(await changes.waiting(), what).toMatchObject({ overdue: false });
    expect(tree(), what).not.toBe(before);
    expect(await readFile(`${state}/put-back`, 'utf8'), what).toBe(putBackScript);
    // As the one who waits there does it; by then its time is over.
    await writeFile(`${state}/armed/until`, '1 1');
    const words = ['lockstep', state, 'timer', 'none', 'waiting'];
    execFileSync('sh', [`${state}/put-back`, ...words.slice(1)], { timeout: 20_000 });
  } else {
    // As whoever comes next does it.
    await changes.putBack('waiting');
  }
  expect(await changes.waiting(), what).toBeNull();
  expect(tree(), what).toBe(before);
}

const attempt = (change: Promise<unknown>): Promise<boolean> =>
  change.then(
    () => true,
    () => false,
  );

test.skipIf(!root).each(['var', 'etc'])(
  'with every number of free pages in %s',
  { timeout: 900_000 },
  async (full) => {
    await using folder = await newFolder();
    const { at } = folder;
    let made = false;
    let pages = 0;
    for (; !made && pages < 200; pages += process.env.LOCKSTEP_TEST_FULL ? 1 : 3) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'lockstep', at(full)]);
      try {
        const before = await begin(folder);
        const used = Number(
          execFileSync(
            'sh',
            ['-c', 'df -Pk "$1" | tail -n 1 | tr -s " " | cut -d " " -f 3', 'df', at(full)],
            { encoding: 'utf8' },
          ),
        );
        const size = used + pages * 4;
        execFileSync('mount', ['-o', `remount,size=${Math.max(size, 4)}k`, at(full)]);
        if (size === 0) await writeFile(at(`${full}/filler`), 'x');
        made = await attempt(folder.changes.make(rewrite(folder), how));
        await expectWholeOrNothing(folder, before, made, `${pages} pages free`);
      } finally {
        execFileSync('umount', ['--lazy', at(full)]);
        await rm(at('etc'), { recursive: true, force: true });
        await mkdir(at('etc'));
        await rm(at('var/state'), { recursive: true, force: true });
      }
    }
    expect(made).toBe(true);
    expect(pages).toBeGreaterThan(full === 'var' ? 20 : 3);
  },
);

// System calls that change something, with the path that each names first or last.
const calls =
  'write,rename,renameat,renameat2,fsync,syncfs,mkdir,mkdirat,link,linkat,symlink,symlinkat,fchmod,chmod,fchmodat,unlink,unlinkat,rmdir,openat';

/** Of a trace each pair of call and path below `folder` at which something is changed. */
function changesIn(trace: string, folder: string): string[] {
  const found = new Set<string>();
  for (const line of trace.split('\n')) {
    const call = /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1];
    if (call === undefined || (call === 'openat' && !line.includes('O_CREAT'))) continue;
    for (const [, path = ''] of line.matchAll(/[<"](\/[^">]*)[">]/g))
      if (path.startsWith(folder) && !/\.input\.|busy$/.test(path)) found.add(`${call} ${path}`);
  }
  return [...found].sort();
}

test('with every call that changes something failing once', { timeout: 3_600_000 }, async () => {
  await using folder = await newFolder();
  const { at } = folder;
  const trace = at('trace');
  const by = (options: string[]) =>
    changesOn(
      runBy(folder, (script, words) => {
        // The names of what is made ready are the same each time then.
        const known = words.map((word, index) => (index === 9 ? 'feedfacefeedface' : word));
        return ['strace', '-f', '-y', '-qq', ...options, 'sh', '-c', script, ...known];
      }),
    );
  const anew = async () => {
    for (const one of ['etc', 'var']) await rm(at(one), { recursive: true, force: true });
    for (const one of ['etc', 'var']) await mkdir(at(one));
    return begin(folder);
  };
  await anew();
  await by(['-o', trace, '-e', `trace=${calls}`]).make(rewrite(folder), how);
  const all = changesIn(await readFile(trace, 'utf8'), at(''));
  expect(all.length).toBeGreaterThan(100);
  const some = process.env.LOCKSTEP_TEST_FULL
    ? all
    : (fc.sample(fc.shuffledSubarray(all, { minLength: 8, maxLength: 16 }), 1)[0] ?? []);
  const ends = { made: 0, refused: 0 };
  for (const one of some) {
    const before = await anew();
    const [call = '', ...rest] = one.split(' ');
    const path = rest.join(' ');
    const error = ['write', 'openat', 'mkdir', 'mkdirat', 'link', 'linkat', 'symlinkat'].includes(
      call,
    )
      ? 'ENOSPC'
      : 'EIO';
    const inject = [
      '-o',
      '/dev/null',
      '-P',
      path,
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${call}:error=${error}:when=1`,
    ];
    const made = await attempt(by(inject).make(rewrite(folder), how));
    ends[made ? 'made' : 'refused'] += 1;
    await expectWholeOrNothing(folder, before, made, one);
  }
  expect(existsSync(trace)).toBe(true);
  expect(ends.refused).toBeGreaterThan(0);
});
