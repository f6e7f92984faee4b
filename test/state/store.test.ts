import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import { newSite, type Site } from '../../state/site/site.ts';
import { openStore } from '../../state/store/store.ts';
import { anyAnswers } from '../support/session/any-answers.ts';
import { bundled } from './programs/build.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-store-'));
let folder: string;
let writer: string;
let count = 0;

beforeAll(async () => {
  writer = await bundled('writer', root);
});
beforeEach(() => {
  count += 1;
  folder = join(root, `home-${count}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (minute: number) => new Date(Date.UTC(2026, 10, 3, 12, minute));
const aSite = (broker: string, minute = 0): Site => newSite(defaultAnswers(broker), at(minute));
const rock = aSite('pi@rock-4se');
const fileOf = (site: Site) => join(folder, 'sites', `${site.id}.json`);
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const troubleOf = async (what: () => unknown): Promise<Trouble> => {
  try {
    await what();
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
  throw new Error('there was no trouble');
};

/** Every file below a folder with its bytes, to see that nothing was touched. */
const everything = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'latin1')]),
  );

describe('a store', () => {
  test('is empty at first, and made for this user alone', async () => {
    const store = await openStore(folder);
    expect(store.sites()).toEqual([]);
    expect(store.site('practice')).toBeNull();
    expect(store.current()).toBeNull();
    expect(store.notes()).toEqual([]);
    expect(mode(folder)).toBe('700');
    expect(mode(join(folder, 'sites'))).toBe('700');
  });

  test('gives back what was saved, also to the next program', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.save({ ...rock, step: 'harden' });
    expect(store.site(rock.id)).toEqual({ ...rock, step: 'harden' });
    expect((await openStore(folder)).site(rock.id)).toEqual({ ...rock, step: 'harden' });
  });

  test('gives back any answers', async () => {
    const store = await openStore(folder);
    await fc.assert(
      fc.asyncProperty(anyAnswers, async (answers) => {
        const site = newSite(answers, at(0));
        await store.save(site);
        expect(store.site(site.id)).toEqual(site);
        await store.remove(site.id);
      }),
      { numRuns: 30 },
    );
    expect(store.notes()).toEqual([]);
  });

  test('lists the sites, the last updated first', async () => {
    const store = await openStore(folder);
    for (const site of [aSite('a', 1), aSite('practice', 3), aSite('b', 2)]) await store.save(site);
    expect(store.sites().map((site) => site.answers.broker)).toEqual(['practice', 'b', 'a']);
  });

  test('forgets a site, and its older generation with it', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.save(rock);
    await store.remove(rock.id);
    expect(store.site(rock.id)).toBeNull();
    expect(readdirSync(join(folder, 'sites'))).toEqual([]);
    await store.remove(rock.id);
  });

  test('knows the current site, and ignores one that is gone', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.setCurrent(rock.id);
    expect((await openStore(folder)).current()).toBe(rock.id);
    await store.remove(rock.id);
    expect(store.current()).toBeNull();
    await store.save(rock);
    await store.setCurrent(null);
    expect(store.current()).toBeNull();
  });

  test('saves what a site was when it was given, in the order it was given', async () => {
    const store = await openStore(folder);
    const site = structuredClone(rock);
    const first = store.save(site);
    site.step = 'verify';
    await first;
    expect(store.site(site.id)?.step).toBe('inspect');
    await Promise.all([
      store.save({ ...site, step: 'harden' }),
      store.save({ ...site, step: 'authority' }),
    ]);
    expect(store.site(site.id)?.step).toBe('authority');
  });

  test('files are 0600, whatever the mode was before', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    chmodSync(fileOf(rock), 0o644);
    await store.save(rock);
    await store.setCurrent(rock.id);
    await store.setCurrent(rock.id);
    for (const file of Object.keys(everything(folder)))
      expect([file, mode(file)]).toEqual([file, '600']);
    expect(Object.keys(everything(folder))).toHaveLength(4);
  });

  test('an id that is no id does not lead out of the folder', async () => {
    const store = await openStore(folder);
    expect(() => store.site('../current')).toThrow('not the id');
    await expect(store.remove('../current')).rejects.toThrow('not the id');
    await expect(store.save({ ...rock, id: '../x' })).rejects.toThrow();
  });

  test('a large site (10,000 clients) is kept too', async () => {
    const store = await openStore(folder);
    const clients = Array.from({ length: 10_000 }, (_, i) => ({
      name: `client${i}`,
      host: 'here',
    }));
    const site = { ...rock, answers: { ...rock.answers, clients } };
    await store.save(site);
    expect(store.site(site.id)).toEqual(site);
  });
});

describe('the folder of a store', () => {
  test('is refused when others can write in it', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const trouble = await troubleOf(() => openStore(folder));
    expect(trouble.message).toBe(`Other users can write in ${folder}.`);
    expect(trouble.next).toContain(`chmod go-w '${folder}'`);
    expect(readdirSync(folder)).toEqual([]);
    chmodSync(folder, 0o755);
    await openStore(folder);
    expect(mode(folder)).toBe('755');
  });

  test.skipIf(process.getuid?.() !== 0)(
    'is refused when it is another user’s (as root)',
    async () => {
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, 65534, 65534);
      const trouble = await troubleOf(() => openStore(folder));
      expect(trouble.message).toBe(`${folder} belongs to another user.`);
      expect(trouble.exitCode).toBe(4);
      rmdirSync(folder);

      mkdirSync(`${folder}-own`);
      symlinkSync(`${folder}-own`, folder);
      lchownSync(folder, 65534, 65534);
      const linked = await troubleOf(() => openStore(folder));
      expect(linked.message).toBe(`${folder} is a link that another user has made.`);
      expect(readdirSync(`${folder}-own`)).toEqual([]);
    },
  );

  test('is refused where somebody else could put another in its place', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const trouble = await troubleOf(() => openStore(join(folder, 'state')));
    expect(trouble.message).toContain('could put another folder in place');
    expect(trouble.next).toContain(`chmod o-w '${folder}'`);
    chmodSync(folder, 0o1777);
    await openStore(join(folder, 'state'));
  });

  test('may be a link to a folder of one’s own, not a file', async () => {
    mkdirSync(`${folder}-real`);
    symlinkSync(`${folder}-real`, folder);
    await (await openStore(folder)).save(rock);
    writeFileSync(`${folder}-file`, '');
    const trouble = await troubleOf(() => openStore(`${folder}-file`));
    expect(trouble.message).toBe(`${folder}-file is not a folder.`);
    expect((await troubleOf(() => openStore(`${folder}-file/below`))).message).toContain('-file');
  });

  test('loses the temporary files of killed programs, not those at work', async () => {
    await openStore(folder);
    const sites = join(folder, 'sites');
    const [old, young] = ['x.json.tmp-1234567890abcdef', 'y.json.tmp-1234567890abcdef'];
    for (const name of [old, young, 'notes.txt']) writeFileSync(join(sites, name), '{');
    for (const name of [old, 'notes.txt']) utimesSync(join(sites, name), 1e9, 1e9);
    await openStore(folder);
    expect(readdirSync(sites).sort()).toEqual(['notes.txt', young].sort());
  });
});

describe('a damaged file', () => {
  const damages: [string, (path: string) => void][] = [
    ['empty', (path) => truncateSync(path, 0)],
    ['cut off', (path) => truncateSync(path, 100)],
    ['garbage', (path) => writeFileSync(path, Buffer.from([0, 1, 0xff, 0xfe, 10, 0x80]))],
    ['another JSON', (path) => writeFileSync(path, '[1,2]')],
    ['another site', (path) => writeFileSync(path, JSON.stringify(aSite('other')))],
  ];

  test.each(damages)('that is %s: the state before it is used, and said', async (_, damage) => {
    const store = await openStore(folder);
    await store.save({ ...rock, step: 'authority' });
    await store.save({ ...rock, step: 'harden' });
    damage(fileOf(rock));
    const bad = readFileSync(fileOf(rock), 'latin1');

    const next = await openStore(folder);
    expect(next.site(rock.id)?.step).toBe('authority');
    expect(next.sites()).toHaveLength(1);
    expect(next.notes()).toHaveLength(1);
    expect(next.notes()[0]).toContain('the state before it is used');
    const aside = readdirSync(join(folder, 'sites')).filter((name) => /\.unreadable-/.test(name));
    expect(aside).toHaveLength(1);
    expect(next.notes()[0]).toContain(aside[0]);
    expect(readFileSync(join(folder, 'sites', aside[0] ?? ''), 'latin1')).toBe(bad);

    await next.save({ ...rock, step: 'verify' });
    expect((await openStore(folder)).site(rock.id)?.step).toBe('verify');
  });

  test.each(damages)(
    'that is %s, with none before it: started anew, and kept',
    async (_, damage) => {
      const store = await openStore(folder);
      await store.save(rock);
      await store.save(aSite('practice'));
      damage(fileOf(rock));

      const next = await openStore(folder);
      expect(next.site(rock.id)).toBeNull();
      expect(next.sites().map((site) => site.id)).toEqual(['practice']);
      expect(next.notes()[0]).toContain('it is started anew');
      await next.save(rock);
      expect(next.site(rock.id)).toEqual(rock);
      expect((await openStore(folder)).notes()).toEqual([]);
    },
  );

  test('that is damaged while the program runs is set aside by the next save', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    truncateSync(fileOf(rock), 10);
    await store.save({ ...rock, step: 'harden' });
    expect(store.site(rock.id)?.step).toBe('harden');
    expect(readdirSync(join(folder, 'sites')).join()).toMatch(/\.unreadable-/);
  });

  test('with a damaged older generation as well: both are kept', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.save(rock);
    truncateSync(fileOf(rock), 10);
    truncateSync(`${fileOf(rock)}.previous`, 20);
    const next = await openStore(folder);
    expect(next.sites()).toEqual([]);
    expect(next.sites()).toEqual([]);
    const sizes = Object.values(everything(folder)).map((text) => text.length);
    expect(sizes.sort()).toEqual([10, 20]);
  });

  test('of the current site only loses which it was', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.setCurrent(rock.id);
    writeFileSync(join(folder, 'current.json'), 'x');
    expect(store.current()).toBeNull();
    await store.setCurrent(rock.id);
    expect(store.current()).toBe(rock.id);
  });

  test('a pipe in its place does not hang the program', async () => {
    const store = await openStore(folder);
    execFileSync('mkfifo', [fileOf(rock)]);
    expect(store.site(rock.id)).toBeNull();
    await store.save(rock);
    expect(store.site(rock.id)).toEqual(rock);
  });
});

describe('a newer version’s file', () => {
  test('is refused and left alone; the other sites go on', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    await store.save(aSite('practice'));
    writeFileSync(fileOf(rock), JSON.stringify({ schema: 2, everything: 'else' }));
    const before = everything(folder);

    expect((await troubleOf(() => store.site(rock.id))).message).toContain('newer version');
    expect((await troubleOf(() => store.save(rock))).message).toContain('newer version');
    expect((await troubleOf(() => store.remove(rock.id))).message).toContain('newer version');
    const next = await openStore(folder);
    expect(next.sites().map((site) => site.id)).toEqual(['practice']);
    expect(next.notes()[0]).toContain('newer version');
    expect(everything(folder)).toEqual(before);
  });

  test('is refused also as the only, older generation', async () => {
    const store = await openStore(folder);
    await store.save(rock);
    renameSync(fileOf(rock), `${fileOf(rock)}.previous`);
    writeFileSync(`${fileOf(rock)}.previous`, JSON.stringify({ schema: 2 }));
    expect((await troubleOf(() => store.site(rock.id))).message).toContain('newer version');
    expect((await troubleOf(() => store.save(rock))).message).toContain('newer version');
  });
});

/** Runs the writer; `onSaved` may end it. Resolves with the last number it said was saved. */
function write(args: string[], onSaved: (n: number, kill: () => void) => void = () => {}) {
  return new Promise<{ last: number; refused: string[] }>((resolve, reject) => {
    const child = spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    const result = { last: -1, refused: [] as string[] };
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, word, number] = /^(saved|refused) (\d+)/.exec(line) ?? [];
        if (word === 'saved') {
          result.last = Number(number);
          onSaved(result.last, () => child.kill('SIGKILL'));
        } else result.refused.push(line);
      }
    });
    child.on('error', reject).on('close', () => resolve(result));
  });
}

const remembered = (site: Site | null): number =>
  site === null ? -1 : Number(site.journal[0]?.text.split(' ')[0]);

test('killed 60 times while it writes: always readable, nothing acknowledged is lost', async () => {
  let last = -1;
  for (let round = 0; round < 60; round++) {
    const after = Math.floor(Math.random() * 4);
    let seen = 0;
    const run = await write([process.execPath, writer, folder, '100000', '30000'], (_, kill) => {
      seen += 1;
      // Anywhere within a write, which takes a few milliseconds.
      if (seen === after + 1) setTimeout(kill, Math.random() * 6);
    });
    expect(run.refused).toEqual([]);
    expect(run.last).toBeGreaterThan(last);
    const store = await openStore(folder);
    const now = remembered(store.site('practice'));
    // One more may have been written than was said.
    expect([run.last, run.last + 1]).toContain(now);
    expect(store.notes()).toEqual([]);
    last = run.last;
  }
}, 120_000);

test('two programs on two sites do not lose each other’s sites', async () => {
  const store = await openStore(folder);
  const other = write([process.execPath, writer, folder, '100', '3000']);
  let saved = 0;
  const busy = { done: false };
  const finished = other.then((run) => {
    busy.done = true;
    return run;
  });
  while (!busy.done) {
    await store.save({ ...rock, updated: at(saved % 60).toISOString() });
    await store.setCurrent(rock.id);
    saved += 1;
    await new Promise(setImmediate);
  }
  expect(await finished).toEqual({ last: 99, refused: [] });
  expect(remembered(store.site('practice'))).toBe(99);
  expect(store.site(rock.id)?.updated).toBe(at((saved - 1) % 60).toISOString());
  expect(store.current()).toBe(rock.id);
  expect(store.notes()).toEqual([]);
});

describe('when nothing more can be written', () => {
  test('at a size limit, where conf itself puts a cut-off file in place', async () => {
    // Blocks of 512 bytes: what is there can be copied, what is larger cannot be written.
    const small = await write([process.execPath, writer, folder, '2', '3000']);
    expect(small).toEqual({ last: 1, refused: [] });
    const run = await write([
      '/bin/sh',
      '-c',
      'ulimit -f 16; exec "$@"',
      'sh',
      process.execPath,
      writer,
      folder,
      '3',
      '60000',
    ]);
    expect(run.last).toBe(-1);
    expect(run.refused).toHaveLength(3);
    expect(run.refused[0]).toContain('The disk is full');
    const store = await openStore(folder);
    expect(remembered(store.site('practice'))).toBe(1);
    expect(store.notes()).toEqual([]);
    expect(await write([process.execPath, writer, folder, '1', '60000'])).toEqual({
      last: 2,
      refused: [],
    });
  });

  test('the very first save leaves no half file', async () => {
    const run = await write([
      '/bin/sh',
      '-c',
      'ulimit -f 16; exec "$@"',
      'sh',
      process.execPath,
      writer,
      folder,
      '1',
      '60000',
    ]);
    expect(run.refused).toHaveLength(1);
    expect(everything(folder)).toEqual({});
  });

  test('on a full disk (a tmpfs of 256 kB, as root), however full', async ({ skip }) => {
    const disk = smallDisk() ?? skip('needs root on Linux, to mount a small disk');
    const home = join(disk, 'home');
    const filler = join(disk, 'filler');
    try {
      const store = await openStore(home);
      const sized = (n: number, entries: number): Site => ({
        ...aSite('practice'),
        journal: Array.from({ length: entries }, () => ({
          at: at(0).toISOString(),
          step: 'inspect',
          text: `${n} ${'x'.repeat(200)}`,
        })),
      });
      const outcomes = new Set<string>();
      for (let pages = 0; pages < 20; pages++) {
        // A small state is there, a larger one is to replace it: its copy fits, the new one may not.
        await store.save(sized(2 * pages, 2));
        fill(filler, pages);
        const outcome = await store.save(sized(2 * pages + 1, 40)).then(
          () => 'saved',
          (error) => error.message.slice(0, 16),
        );
        outcomes.add(outcome);
        const next = await openStore(home);
        const expected = outcome === 'saved' ? 2 * pages + 1 : 2 * pages;
        expect([pages, remembered(next.site('practice'))]).toEqual([pages, expected]);
        expect(next.notes()).toEqual([]);
        rmSync(filler);
      }
      expect([...outcomes].sort()).toEqual(['The disk is full', 'saved']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

/** Fills the disk, but for some pages of 4 kB. */
function fill(path: string, pages: number): void {
  const page = Buffer.alloc(4096, 1);
  try {
    for (;;) writeFileSync(path, page, { flag: 'a' });
  } catch {
    truncateSync(path, Math.max(0, statSync(path).size - pages * 4096));
  }
}

function smallDisk(): string | null {
  const path = join(root, 'disk');
  mkdirSync(path);
  try {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('not here');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', path], {
      stdio: 'pipe',
    });
    return path;
  } catch {
    if (process.env.LOCKSTEP_TEST_ALL === '1')
      throw new Error('a small disk is needed: mount a tmpfs as root');
    return null;
  }
}
