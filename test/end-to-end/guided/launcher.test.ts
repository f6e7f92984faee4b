import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program, until } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';

/** A Node of this machine that is too old for the program, but not for the launcher. */
const old = (process.env.PATH ?? '')
  .split(delimiter)
  .concat('/usr/local/bin', '/usr/bin')
  .map((folder) => join(folder, 'node'))
  .find((node) => /^v(18|20|21)\./.test(versionOf(node)));

function versionOf(node: string): string {
  return existsSync(node) ? execFileSync(node, ['--version'], { encoding: 'utf8' }) : '';
}

let home: Home;
const running: ChildProcess[] = [];
beforeEach(async () => {
  home = await newHome();
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await home.remove();
});

describe.skipIf(old === undefined && process.env.LOCKSTEP_TEST_ALL !== '1')(
  'on an old Node',
  () => {
    const run = (...words: string[]) =>
      program([old ?? 'node', launcher, ...words], { env: home.environment });

    test('the program runs, with the Node of the checkout', async () => {
      const { code, stdout, stderr } = await run('--version');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    });

    test('its words, its output and its exit code are passed on', async () => {
      const dry = await run('run', '--dry-run', '--json');
      expect(dry.code).toBe(0);
      expect(JSON.parse(dry.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
        event: 'end',
      });
      expect((await run('status', '--json')).code).toBe(1);
      expect((await run('no-such-word')).code).toBe(2);
      const guided = await run();
      expect(guided.code).toBe(2);
      expect(guided.stderr).toContain('There is no terminal');
    });

    test.each([
      ['SIGTERM', 143],
      ['SIGINT', 130],
      ['SIGHUP', 129],
    ] as const)('%s reaches it, and it ends in its own way', async (signal, code) => {
      const child = await underWay();
      child.kill(signal);
      expect(await ending(child)).toEqual({ code, signal: null });
      expect(existsSync(lock())).toBe(false);
    });

    test('killed, it takes the program with it', async () => {
      const child = await underWay();
      const pid = await holder();
      expect(pid).not.toBe(child.pid);
      child.kill('SIGKILL');
      expect(await ending(child)).toEqual({ code: null, signal: 'SIGKILL' });
      await until('the program to be gone', 5, async () => !alive(pid));
      const again = await run('run', '--json');
      expect(again.stdout).toContain('"result":"secured"');
    });

    test('a program that is killed shows as killed', async () => {
      const child = await underWay();
      process.kill(await holder(), 'SIGKILL');
      expect(await ending(child)).toEqual({ code: null, signal: 'SIGKILL' });
    });

    test('without the Node of the checkout, one sentence says what is needed', async () => {
      const { code, stdout, stderr } = await alone(old ?? 'node');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Lockstep needs Node 22\.12 or newer; this is Node .*"npm ci".*\n$/);
    });

    /** A run that has begun: it holds its site. */
    async function underWay(): Promise<ChildProcess> {
      const child = spawn(old ?? 'node', [launcher, 'run', '--json'], {
        env: home.environment,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      running.push(child);
      if (child.stdout) await once(child.stdout, 'data');
      return child;
    }
  },
);

test('not built, one sentence says what to do', async () => {
  const { code, stderr } = await alone(process.execPath);
  expect(code).toBe(2);
  expect(stderr).toBe('Lockstep is not built yet. Run "npm ci" in its folder first.\n');
});

describe('what is kept compiled', () => {
  const kept = () => join(home.folder, `mqtt-lockstep-${process.getuid?.()}`);
  const version = () =>
    program([process.execPath, launcher, '--version'], {
      env: { ...home.environment, TMPDIR: home.folder },
    });

  test('is in a folder that is only the user’s', async () => {
    expect((await version()).code).toBe(0);
    expect((await stat(kept())).mode & 0o777).toBe(0o700);
    expect(await readdir(kept())).not.toEqual([]);
  });

  test('is not taken from a folder that others can write', async () => {
    const umask = process.umask(0);
    await mkdir(kept(), { mode: 0o777 });
    process.umask(umask);
    expect((await version()).code).toBe(0);
    expect(await readdir(kept())).toEqual([]);
  });

  test('is not missed where nothing can be kept', async () => {
    const { code, stderr } = await program([process.execPath, launcher, '--version'], {
      env: { ...home.environment, TMPDIR: '/proc/nowhere' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/** Runs a copy of the launcher that has nothing beside it. */
async function alone(node: string) {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-alone-'));
  try {
    await mkdir(join(folder, 'src'));
    await copyFile(launcher, join(folder, 'src', 'launcher.cjs'));
    return await program([node, join(folder, 'src', 'launcher.cjs')], { env: home.environment });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function ending(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

const lock = () => join(home.site, 'state', 'locks', 'practice.lock');

/** The process that holds the site. */
async function holder(): Promise<number> {
  const { owner } = JSON.parse(await readFile(lock(), 'utf8')) as { owner: { pid: number } };
  return owner.pid;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('npx finds the program in the checkout, and installs nothing', async () => {
  const script = 'cd "$1" && exec npx --no lockstep --version';
  const checkout = join(launcher, '..', '..');
  const { code, stdout } = await program(['sh', '-c', script, 'npx', checkout], {
    env: home.environment,
  });
  expect(code).toBe(0);
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d+\.\d+\.\d+$/);
  expect(existsSync(join(home.folder, '.npm', '_npx'))).toBe(false);
});
