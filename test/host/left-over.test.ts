import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chown,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { hostScript } from '../../src/host-scripts/script.ts';
import { temporaryFolder } from '../support/ssh/sshd.ts';
import { counted } from '../support/undo/stopping.ts';

vi.setConfig({ testTimeout: 300_000 });

// What becomes of a key whose writing is cut off: its temporary file is beside it then, with all of the key in it.

const key = `${'a whole private key '.repeat(20)}\n`;
const isRoot = process.getuid?.() === 0;
const temporary = () => `.lockstep-${randomBytes(16).toString('hex')}`;

interface Writing {
  /** Before the script: what counts its commands. */
  before?: string;
  name?: string;
  owner?: string;
  path?: string;
}

/** Begins to write a file there. */
function begin(folder: string, { before, name = 'client.key', owner = '', path }: Writing = {}) {
  const words = [join(folder, name), folder, join(folder, temporary()), String(key.length), '600'];
  const script = ['-c', `${before ?? ''}${hostScript('files/write')}`, 'lockstep', ...words, owner];
  const [program, ...options] = before === undefined ? ['/bin/sh'] : ['bash', '--norc', '--posix'];
  const child = spawn(program as string, [...options, ...script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...(path !== undefined && { env: { PATH: path } }),
  });
  child.stdin.on('error', () => {});
  return child;
}

async function write(folder: string, how?: Writing): Promise<number | null> {
  const child = begin(folder, how);
  child.stdin.end(key);
  const [code] = await once(child, 'close');
  return code;
}

const names = async (folder: string) => (await readdir(folder)).sort();

/** Meets each point of a writing, from the first to the one that it never comes to. */
async function atEach(
  stop: string,
  owner: string,
  met: (folder: string, what: string) => Promise<void>,
): Promise<number> {
  for (let point = 1; ; point += 1) {
    const [folder, counter] = [await temporaryFolder(), join(await temporaryFolder(), 'counter')];
    await writeFile(counter, '');
    const code = await write(folder, { before: counted(counter, point, stop), owner });
    if ((await readFile(counter)).length < point) {
      expect([code, await names(folder)]).toEqual([0, ['client.key']]);
      return point - 1;
    }
    expect(code, `point ${point}`).not.toBe(0);
    await met(folder, `stopped before command ${point}`);
  }
}

describe.each(isRoot ? ['', 'nobody'] : [''])('of a file for "%s"', (owner) => {
  test('whatever a writing is cut off at, the next one takes away what it has left', async () => {
    let keys = 0;
    const points = await atEach('kill -9 0', owner, async (folder, what) => {
      for (const left of (await names(folder)).filter((name) => name !== 'client.key')) {
        const facts = await stat(join(folder, left));
        expect(facts.mode & 0o777, what).toBe(0o600);
        if (facts.size === key.length) keys += 1;
      }
      // Of another file of the same delivery, too.
      expect(await write(folder, { name: 'client.crt', owner }), what).toBe(0);
      expect(
        (await names(folder)).filter((name) => name.startsWith('.')),
        what,
      ).toEqual([]);
      expect(await write(folder, { owner }), what).toBe(0);
      expect(await names(folder), what).toEqual(['client.crt', 'client.key']);
      expect(await readFile(join(folder, 'client.key'), 'utf8'), what).toBe(key);
    });
    expect(points).toBeGreaterThan(6);
    expect(keys).toBeGreaterThan(2);
  });

  test.each(['HUP', 'INT', 'QUIT', 'TERM'])(
    'told to end by %s it leaves nothing',
    async (signal) => {
      await atEach(`kill -${signal} $$`, owner, async (folder, what) => {
        expect(
          (await names(folder)).filter((name) => name !== 'client.key'),
          what,
        ).toEqual([]);
      });
    },
  );
});

test('what is not left by a writing stays', async () => {
  const folder = await temporaryFolder();
  const [link, pipe, one] = [temporary(), temporary(), temporary()];
  await writeFile(join(folder, 'mine'), 'mine');
  await symlink('mine', join(folder, link));
  await mkdir(join(folder, pipe));
  const others = [
    ...[one.slice(0, -1), `${one}0`, one.toUpperCase(), `${one}.part`, one.slice(1)],
    ...[`.lockstep-${'g'.repeat(32)}`, `x${one}`],
  ];
  for (const name of others) await writeFile(join(folder, name), '');
  const theirs = temporary();
  await writeFile(join(folder, theirs), '');
  if (isRoot) await chown(join(folder, theirs), 12_345, 12_345);
  expect(await write(folder)).toBe(0);
  expect(await names(folder)).toEqual(
    ['client.key', 'mine', link, pipe, ...others, ...(isRoot ? [theirs] : [])].sort(),
  );
});

test('what another one is writing at the moment is left alone, however many do', async () => {
  const folder = await temporaryFolder();
  const slow = begin(folder, { name: 'slow' });
  slow.stdin.write(key.slice(0, 10));
  const size = async () => {
    const [name] = await names(folder);
    return name ? (await stat(join(folder, name))).size : 0;
  };
  await expect.poll(size, { timeout: 60_000 }).toBe(10);
  const many = Array.from({ length: 12 }, (_, index) => `many-${index}`);
  const ended = once(slow, 'close');
  const codes = await Promise.all(many.map((name) => write(folder, { name })));
  slow.stdin.end(key.slice(10));
  expect([...codes, ...(await ended)]).toEqual([...many.map(() => 0), 0, null]);
  expect(await names(folder)).toEqual([...many, 'slow'].sort());
  expect(await readFile(join(folder, 'slow'), 'utf8')).toBe(key);
});

test('one whose file is taken away before it has its lock makes it anew', async () => {
  const folder = await temporaryFolder();
  const tools = await temporaryFolder();
  // As another writer does it in that moment.
  const flock = `#!/bin/sh
if [ "$1" = 3 ] && [ ! -e '${tools}/once' ]; then : >'${tools}/once'; rm -f '${folder}'/.lockstep-*; fi
exec /usr/bin/flock "$@"
`;
  await writeFile(join(tools, 'flock'), flock, { mode: 0o755 });
  expect(await write(folder, { path: `${tools}:${process.env.PATH}` })).toBe(0);
  expect(await names(tools)).toContain('once');
  expect(await names(folder)).toEqual(['client.key']);
});

test('without flock what is older than an hour goes, and nothing younger', async () => {
  const folder = await temporaryFolder();
  const tools = await temporaryFolder();
  for (const tool of ['cat', 'chmod', 'date', 'grep', 'id', 'mv', 'rm', 'stat', 'sync', 'wc'])
    await symlink(`/bin/${tool}`, join(tools, tool));
  const [old, young, ahead] = [temporary(), temporary(), temporary()];
  const now = Date.now() / 1000;
  for (const [name, at] of [
    [old, now - 3700],
    [young, now - 3500],
    [ahead, now + 3700],
  ] as const) {
    await writeFile(join(folder, name), '');
    await utimes(join(folder, name), at, at);
  }
  const child = begin(folder, { path: tools });
  child.stdin.end(key);
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(await names(folder)).toEqual(['client.key', young].sort());
});
