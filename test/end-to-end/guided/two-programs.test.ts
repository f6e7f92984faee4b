import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { preparePractice } from '../../../src/practice/folder.ts';
import { freePort } from '../../support/brokers/scripted-broker.ts';
import { ended } from '../../support/hosts/program.ts';
import { nothingRuns } from '../../support/program/left-halfway.ts';
import { events, type Home, launcher, newHome } from '../../support/program/lockstep.ts';

type Program = ChildProcessByStdio<null, Readable, null>;

let home: Home;
const programs: Program[] = [];
beforeEach(async () => {
  home = await newHome();
  const ports = { plainPort: await freePort(), tlsPort: await freePort() };
  await preparePractice(join(home.site, 'practice'), { ports });
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL');
    await ended(program);
  }
  await nothingRuns(home);
  await home.remove();
});

/** A run of the real program that stands still, as with Ctrl-Z, once it has the site. */
async function holder(): Promise<Program> {
  const words = [launcher, 'run', '--broker', 'practice', '--json'];
  const program = spawn(process.execPath, words, {
    env: { ...home.environment, SSH_TTY: '/dev/pts/7' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  programs.push(program);
  await new Promise<void>((resolve) => {
    createInterface({ input: program.stdout }).once('line', () => {
      program.kill('SIGSTOP');
      resolve();
    });
  });
  return program;
}

const commands = ['run', 'run --json', 'run --reset', 'status', 'verify --json', 'undo'];

describe('a second program on the same site', () => {
  test.each(commands)('%s: says who has it, ends with 3, touches nothing', async (command) => {
    const first = await holder();
    const second = await home.run(...command.split(' '), '--broker', 'practice');
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('in use by another Lockstep');
    expect(second.stderr).toContain('/dev/pts/7');
    expect(second.stderr).toContain(`process ${first.pid}`);
    expect(second.stderr).toMatch(/Next: .*(kill|fg)/);
    if (command === 'run --json')
      expect(events(second.stdout).at(-1)).toMatchObject({ event: 'end', result: 'failed' });
    else expect(second.stdout).toBe('');
    expect(existsSync(join(home.site, 'authority'))).toBe(false);
    // The first one is not disturbed.
    first.kill('SIGCONT');
    await ended(first);
    expect(first.exitCode).toBe(0);
  });

  test('can work on another site meanwhile', async () => {
    await holder();
    const other = await home.run('status', '--broker', 'nobody@127.0.0.1:1', '--no-input');
    expect(other.stderr).not.toContain('in use');
    expect(other.code).toBe(3);
  });
});

test('a dead program holds nothing: its site is taken over, and it is said', async () => {
  const first = await holder();
  first.kill('SIGKILL');
  await ended(first);
  expect(readdirSync(join(home.site, 'state', 'locks'))).toEqual(['practice.lock']);
  const second = await home.run('run', '--broker', 'practice', '--json');
  expect(events(second.stdout).at(-1)).toMatchObject({ result: 'secured' });
  expect(second.code).toBe(0);
  expect(second.stderr).toContain('An earlier session');
  expect(readdirSync(join(home.site, 'state', 'locks'))).toEqual([]);
});

test('ten at once: one gets the site, the others say so, and the site is whole', async () => {
  const all = await Promise.all(
    Array.from({ length: 10 }, () => home.run('run', '--broker', 'practice', '--json')),
  );
  const codes = all.map(({ code }) => code);
  // Who comes late enough finds the work done.
  expect(codes).toContain(0);
  expect(codes.filter((code) => code !== 0 && code !== 3)).toEqual([]);
  for (const { code, stderr } of all) if (code === 3) expect(stderr).toContain('in use');
  expect((await home.run('verify', '--broker', 'practice')).code).toBe(0);
});
