import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { closedToOthers, type OrdinaryHome, ordinaryHome } from '../../support/program/ordinary.ts';
import { expectTold } from '../../support/program/trouble.ts';

// One file of the authority, or of a client, that cannot be read: it is told, the others are looked at, nothing waits
// for it, and nothing is put in its place.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const damages = {
  'closed to its owner': (path: string) => program(['chmod', '000', path]),
  'a folder': (path: string) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a loop of links': (path: string) => {
    rmSync(path);
    symlinkSync(path, path);
  },
  'a pipe that nobody writes to': (path: string) => {
    rmSync(path);
    return program(['mkfifo', '-m', '666', path]);
  },
  garbage: (path: string) => writeFileSync(path, Buffer.from([0, 1, 0xff, 10, 0x80])),
  empty: (path: string) => writeFileSync(path, ''),
};
type Damage = keyof typeof damages;
const each = Object.keys(damages) as Damage[];
const some: Damage[] = ['closed to its owner', 'a pipe that nobody writes to', 'garbage'];

let home: OrdinaryHome;
let site: string;
const run = (...words: string[]) => home.run(words, { LOCKSTEP_HOME: site });
const isRoot = process.getuid?.() === 0;

/** Everything that was made, but for what is damaged, by its content. */
const everything = (except: string) =>
  ['authority', 'clients', 'practice/etc']
    .flatMap((folder) =>
      readdirSync(join(site, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(site, folder, path),
      ),
    )
    .filter((path) => path !== except && lstatSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'base64')]);

interface Seen {
  steps: { id: string; status: string; detail: string }[];
  expires: { what: string }[];
}

/** Damages a file for as long as `act` takes. */
async function damaged(file: string, damage: Damage, act: (path: string) => Promise<void>) {
  const path = join(site, file);
  const kept = join(home.folder, 'kept');
  const { mode } = lstatSync(path);
  copyFileSync(path, kept);
  await damages[damage](path);
  const before = everything(path);
  try {
    await act(path);
    expect(everything(path)).toEqual(before);
  } finally {
    rmSync(path, { recursive: true, force: true });
    copyFileSync(kept, path);
    await program(['chmod', (mode & 0o777).toString(8), path]);
    if (isRoot) await program(['chown', '65534:65534', path]);
  }
}

const statusNow = async (): Promise<Seen & { of(id: string): string }> => {
  const { stdout, stderr } = await run('status', '--json');
  expect(stderr).toBe('');
  const seen = JSON.parse(stdout) as Seen;
  return {
    ...seen,
    of: (id) => {
      const { status, detail } = seen.steps.find((step) => step.id === id) ?? {};
      return `${status}: ${detail}`;
    },
  };
};

describe.skipIf(await closedToOthers())('as an ordinary user', () => {
  beforeAll(async () => {
    home = await ordinaryHome();
    site = join(home.folder, 'site');
    const made = await run('run', '--broker', 'practice', '--client', 'a', '--client', 'b');
    expect(made.code, made.stderr).toBe(0);
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test.each([
    ...each.map((damage) => ['b', 'b.crt', damage] as const),
    ['a', 'a.crt', 'closed to its owner'] as const,
    ['localhost', 'localhost.crt', 'closed to its owner'] as const,
    ['', 'b.key', 'a folder'] as const,
    ['', 'b.key', 'a pipe that nobody writes to'] as const,
  ])('of %s the file %s of the authority is %s', async (holder, file, damage) => {
    await damaged(join('authority', file), damage, async () => {
      const seen = await statusNow();
      expect(seen.of('authority')).toMatch(/^done/);
      for (const step of ['certificates', 'distribute'])
        expect(seen.of(step)).toMatch(new RegExp(`^blocked: .*${file.replace('.', '\\.')} `));
      expect(seen.of('harden')).toMatch(/^done/);
      expect(seen.of('verify')).toMatch(/^done/);
      expect(seen.expires.map(({ what }) => what).sort()).toEqual(
        ['a', 'b', 'localhost', 'root_ca'].filter((what) => what !== holder),
      );
      expectTold(await run('run'), {
        code: damage === 'closed to its owner' ? 4 : 1,
        what: new RegExp(`${file.replace('.', '\\.')} .*\\.$`),
        likely: /^\S.*\.$/,
        next: /^ {2}\S.*\.$/,
      });
    });
  });

  test.each(some)('the certificate of the authority itself is %s', async (damage) => {
    await damaged('authority/root_ca.crt', damage, async () => {
      const seen = await statusNow();
      expect(seen.of('authority')).toBe(
        `blocked: The authority in ${join(site, 'authority')} cannot be used.`,
      );
      expect(seen.of('verify')).toMatch(/^done/);
      const told = await run('run');
      expect(told.stderr).toMatch(/^Likely: .*root_ca\.crt/m);
      expect(told.stderr).not.toMatch(/inside Lockstep/);
      expect(told.code).toBe(1);
    });
  });

  test.each(some)(
    'a file of a client is %s: the others are proved all the same',
    async (damage) => {
      await damaged('clients/b/b.crt', damage, async () => {
        expect((await statusNow()).of('verify')).toMatch(/^drifted: 1 of \d+ proofs fail\.$/);
        const { stdout, stderr, code } = await run('verify');
        expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
        const failed = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
        expect(failed).toEqual([
          expect.stringMatching(/^FAIL b connects .*: .*(b\.crt|certificate) .*/),
        ]);
        expect(stdout).toMatch(/^ok +a sends /m);
      });
    },
  );

  test.each(some)('that of the first client is %s: it is told', async (damage) => {
    await damaged('clients/a/a.crt', damage, async () => {
      expect((await statusNow()).of('verify')).toMatch(/^blocked: .*(a\.crt|certificate) /);
      const told = await run('verify');
      expect(told.stderr).toMatch(/^Next: /m);
      expect(told.stderr).not.toMatch(/inside Lockstep/);
    });
  });
});
