import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { locateBroker } from '../../../src/mosquitto/locate/locate.ts';
import { hostContract } from '../../support/ssh/contract.ts';
import {
  type Client,
  connectTo,
  makeClient,
  me,
  noSshd,
  type Sshd,
  startSshd,
  temporaryFolder,
  withFile,
} from '../../support/ssh/sshd.ts';

vi.setConfig({ testTimeout: 30_000 });

let client: Client;
let sshd: Sshd;
const later = withFile();

async function bed() {
  return { host: await connectTo(sshd.port, client), folder: await temporaryFolder() };
}

/**
 * Cuts the cable on the far side: ends the processes that serve connections, at once. What they
 * started goes on.
 */
function cut() {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  const lines = all.split('\n').map((line) => line.trim().split(/\s+/));
  const serving = (parent: number): number[] =>
    lines.flatMap(([pid, above, name]) =>
      Number(above) === parent && name?.startsWith('sshd')
        ? [...serving(Number(pid)), Number(pid)]
        : [],
    );
  // One of them may go with the one before.
  for (const pid of serving(sshd.pid)) spawnSync('kill', ['-9', String(pid)]);
}

describe.skipIf(noSshd)('a host over SSH (needs OpenSSH)', () => {
  beforeAll(async () => {
    client = await makeClient('ed25519', later);
    sshd = await startSshd({ authorized: [`${client.key}.pub`] }, later);
  });

  hostContract(bed);

  test('its name is known once it is connected', async () => {
    const { host } = await bed();
    expect(host.name).toBe(`${me}@127.0.0.1:${sshd.port}`);
  });

  test('what a shell prints at login does not get into errors or output', async () => {
    const { host } = await bed();
    const { stderr, stdout } = await host.run(['sh', '-c', 'echo out; echo err >&2']);
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  });

  test('a server that forwards nothing says so, whatever listens behind it', async () => {
    const config = ['AllowTcpForwarding no'];
    const strict = await startSshd({ authorized: [`${client.key}.pub`], config });
    const host = await connectTo(strict.port, client);
    for (const port of [strict.port, 1])
      await expect(host.connectPort('127.0.0.1', port)).rejects.toMatchObject({
        kind: 'failed',
        code: 'EPERM',
        likely: 'The SSH server there does not forward connections.',
      });
  });

  test('a broken connection is "lost", and the next action makes a new one', async () => {
    const { host, folder } = await bed();
    const mark = join(folder, 'runs');
    const running = host.run(['sh', '-c', 'echo $$ >"$1"; exec sleep 60', 'x', mark]);
    running.catch(() => {});
    const there = () => readFile(mark, 'utf8').catch(() => '');
    await expect.poll(there, { timeout: 10_000 }).toMatch(/\d\n/);
    cut();
    await expect(running).rejects.toMatchObject({
      kind: 'lost',
      exitCode: 3,
      next: expect.stringContaining('not known'),
    });
    expect(await host.run(['echo', 'again'])).toMatchObject({ code: 0, stdout: 'again\n' });
    process.kill(Number(await there())); // Without a terminal it goes on after the cut.
  });

  test('a stream to a port or socket there whose connection broke does not look hung up on', async () => {
    const { host, folder } = await bed();
    const path = join(folder, 'socket');
    const atPort = createServer();
    const atPath = createServer();
    const servers = [atPort, atPath];
    for (const server of servers) server.on('connection', (one) => one.on('error', () => {}));
    await new Promise<void>((done) => atPort.listen(0, '127.0.0.1', done));
    await new Promise<void>((done) => atPath.listen(path, done));
    const { port } = atPort.address() as AddressInfo;
    const streams = [await host.connectPort('127.0.0.1', port), await host.connectSocket(path)];
    const errors = streams.map((stream) => once(stream.resume(), 'error'));
    cut();
    for (const [error] of await Promise.all(errors)) expect(error).toMatchObject({ kind: 'lost' });
    for (const server of servers) server.close();
  });

  test('a write that is cut in the middle leaves the old file, or the whole new one', async () => {
    const { host, folder } = await bed();
    const path = join(folder, 'access.conf');
    await writeFile(path, 'old');
    const bytes = randomBytes(40_000_000);
    const writing = host.write(path, bytes, { mode: 0o600 });
    writing.catch(() => {});
    const partly = async () => {
      const [name] = (await readdir(folder)).filter((one) => one !== 'access.conf');
      return name === undefined ? 0 : (await stat(join(folder, name))).size;
    };
    await expect.poll(partly, { interval: 1, timeout: 10_000 }).toBeGreaterThan(0);
    cut();
    await expect(writing).rejects.toMatchObject({ kind: 'lost' });
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual(['access.conf']);
    const after = await readFile(path);
    expect(after.toString('latin1') === 'old' || after.equals(bytes)).toBe(true);
  });

  test('a closed host starts nothing more', async () => {
    const { host } = await bed();
    await host.close();
    await host.close();
    await expect(host.run(['true'])).rejects.toMatchObject({ kind: 'cancelled' });
  });

  test('a host with little room for programs still runs them all', {
    timeout: 240_000,
  }, async () => {
    const narrow = await startSshd({
      authorized: [`${client.key}.pub`],
      config: ['MaxSessions 1'],
    });
    const host = await connectTo(narrow.port, client);
    const numbers = Array.from({ length: 10 }, (_, index) => String(index));
    const results = await Promise.all(
      numbers.map((n) => host.run(['sh', '-c', 'sleep 0.1; echo "$0"', n])),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(numbers);
  });

  test('a login that runs no commands is told at once', async () => {
    const config = ['ForceCommand echo This account is for tunnels only'];
    const { port } = await startSshd({ authorized: [`${client.key}.pub`], config });
    const host = await connectTo(port, client);
    const failed = { name: 'HostError', kind: 'failed', message: expect.stringContaining('shell') };
    await expect(host.becomeRoot()).rejects.toMatchObject(failed);
    await expect(locateBroker(host, '127.0.0.1')).rejects.toMatchObject(failed);
  });
});
