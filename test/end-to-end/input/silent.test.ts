import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';

// What stands for a file, an agent or a server is there and says nothing: the program says so, and ends.

const sockets = new Set<Socket>();
const silent = createServer((socket) => {
  sockets.add(socket.on('error', () => {}));
});
let port: number;
beforeAll(async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  port = (silent.address() as AddressInfo).port;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

interface Case {
  /** Options that name the pipe, or the place of it in the home folder. */
  words?: (pipe: string) => string[];
  place?: string;
  environment?: (home: Home) => Record<string, string>;
  says: RegExp;
  code: number;
  seconds: number;
}

const fifo = /is a pipe, and nothing came from it/;
const taken = /took the connection and then said nothing more/;
// The longest first: five go at once.
const cases: Record<string, Case> = {
  'the key that is named': {
    words: (pipe) => ['--identity', pipe],
    says: taken,
    code: 3,
    seconds: 80,
  },
  'the answers': { words: (pipe) => ['--answers', pipe], says: fifo, code: 3, seconds: 60 },
  'a password': { words: (pipe) => ['--password-file', pipe], says: fifo, code: 3, seconds: 60 },
  'the known hosts': { place: '.ssh/known_hosts', says: fifo, code: 3, seconds: 60 },
  'the server': { says: taken, code: 3, seconds: 20 },
  'the configuration of ssh': {
    place: '.ssh/config',
    says: /ssh did not answer/,
    code: 1,
    seconds: 10,
  },
  'the trace': {
    environment: (home) => ({ LOCKSTEP_TRACE: join(home.folder, 'pipe') }),
    says: /for the trace cannot be written/,
    code: 2,
    seconds: 0,
  },
};

describe.concurrent('silence', () => {
  test.for(Object.entries(cases))('of %s', { timeout: 120_000 }, async ([, one]) => {
    await using home = await newHome();
    const pipe = join(home.folder, one.place ?? 'pipe');
    await mkdir(join(home.folder, '.ssh'), { mode: 0o700 });
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const words = ['status', '--broker', `radxa@127.0.0.1:${port}`, '--accept-new-host-key'];
    const argv = [process.execPath, launcher, ...words, ...(one.words?.(pipe) ?? [])];
    const env = { ...home.environment, ...one.environment?.(home) };
    const begun = performance.now();
    const ended = await program(argv, { env, timeoutSeconds: 110 });
    const seconds = (performance.now() - begun) / 1000;
    expect(ended.stderr).toMatch(one.says);
    expect(ended.code).toBe(one.code);
    expect(seconds).toBeGreaterThanOrEqual(one.seconds);
    expect(seconds).toBeLessThan(one.seconds + 15);
  });
});
