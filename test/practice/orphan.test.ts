import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probe } from '../../src/mqtt/probe.ts';
import { practiceBroker } from '../../src/practice/broker.ts';
import { type PracticeFolder, preparePractice } from '../../src/practice/folder.ts';
import { runningMosquitto } from '../../src/practice/mosquitto-process.ts';
import { processOf } from '../../src/practice/orphan.ts';
import { findDeathSignal } from '../../src/practice/program.ts';
import { freePort, program, temporaryFolder, until } from '../support/brokers/scripted-broker.ts';

/** Processes in whose arguments this stands. */
const running = (text: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false; // it has just ended
    }
  });

const mosquitto = program('mosquitto');
const searchPath = process.env.PATH ?? '';
const setpriv = await findDeathSignal(searchPath);

/** Another Lockstep: starts the practice broker and stays until it is killed. */
const other = `
  import { preparePractice } from './src/practice/folder.ts';
  import { practiceBroker } from './src/practice/broker.ts';
  const [root, searchPath] = process.argv.slice(1);
  const folder = await preparePractice(root);
  const { service } = await practiceBroker({ folder, searchPath, kind: 'mosquitto' });
  console.log('starting');
  await service.start();
  console.log((await service.state()).pid);
  setInterval(() => {}, 1000);
`;

describe.skipIf(!mosquitto)('a program that is killed', () => {
  let folder: PracticeFolder;
  let started: ChildProcess;

  beforeEach(async () => {
    const ports = { plainPort: await freePort(), tlsPort: await freePort() };
    folder = await preparePractice(join(temporaryFolder(), 'practice'), { ports });
  });
  afterEach(() => {
    started.kill('SIGKILL');
    rmSync(join(folder.root, '..'), { recursive: true });
  });

  async function startOther(path: string): Promise<number> {
    const argv = ['--input-type=module', '-e', other, '--', folder.root, path];
    started = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: started.stdout as NodeJS.ReadableStream }))
      if (/^\d+$/.test(line)) return Number(line);
    throw new Error('it does not start');
  }
  async function kill(): Promise<void> {
    const gone = once(started, 'exit');
    started.kill('SIGKILL');
    await gone;
  }
  const open = async () =>
    (await practiceBroker({ folder, searchPath, kind: 'mosquitto' })).service;
  const door = () =>
    probe({ host: '127.0.0.1', port: folder.plainPort, protocolVersion: 4 as const });

  test.skipIf(!setpriv)('takes its broker with it', async () => {
    const pid = await startOther(searchPath);
    expect(await door()).toMatchObject({ observed: 'accepted' });
    // Also where it listens to no signal, as for a moment before its first turn.
    process.kill(pid, 'SIGSTOP');
    await kill();
    await until(async () => (await processOf(pid)) === null);
  });

  test.skipIf(!setpriv)(
    'takes it along at whatever moment of its start',
    { timeout: 60_000 },
    async () => {
      for (let late = 0; late < 80; late += 4) {
        const argv = ['--input-type=module', '-e', other, '--', folder.root, searchPath];
        started = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(started.stdout as NodeJS.ReadableStream, 'data');
        await setTimeout(late);
        await kill();
        await until(async () => running(folder.main).length === 0);
      }
    },
  );

  test('leaves a broker that the next one finds and ends', async () => {
    // As on a machine whose setpriv cannot end a child with its parent.
    writeFileSync(join(folder.root, 'setpriv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const pid = await startOther([folder.root, searchPath].join(delimiter));
    await kill();
    expect(await runningMosquitto(folder)).toMatchObject({ pid, orphan: true });
    const service = await open();
    expect(await service.state()).toMatchObject({ running: true, pid });
    await service.start();
    const now = (await service.state()).pid;
    expect(now).not.toBe(pid);
    expect(await processOf(pid)).toBeNull();
    expect(await door()).toMatchObject({ observed: 'accepted' });
    await service.stop();
    expect(await processOf(now as number)).toBeNull();
  });

  test('while it lives, its broker is used and not stopped', async () => {
    const pid = await startOther(searchPath);
    const service = await open();
    await service.start();
    expect(await service.state()).toMatchObject({ running: true, pid });
    await expect(service.stop()).rejects.toThrow('another Lockstep');
    expect(await door()).toMatchObject({ observed: 'accepted' });
  });

  test('somebody else with its number is left alone', async () => {
    started = spawn('sleep', ['60']);
    writeFileSync(folder.pidFile, JSON.stringify({ pid: started.pid, program: 1 }));
    const service = await open();
    await service.start();
    expect((await service.state()).pid).not.toBe(started.pid);
    await service.stop();
    expect(started.exitCode ?? started.signalCode).toBeNull();
    writeFileSync(folder.pidFile, 'not JSON');
    expect(await service.state()).toMatchObject({ running: false });
  });
});
