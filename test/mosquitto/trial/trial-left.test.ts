import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { counted } from '../../support/undo/stopping.ts';

// A trial has copies of the broker's password files. What is left of one that was cut off is taken away by the next one.

const name = () => `lockstep-shadow.${randomBytes(12).toString('hex')}`;

async function bed() {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-left-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const place = join(folder, 'tmp');
  await mkdir(place);
  const program = join(folder, 'broker');
  await writeFile(program, '#!/bin/sh\necho mosquitto version 2.0.21 running\nexec sleep 20\n', {
    mode: 0o755,
  });
  await writeFile(join(folder, 'passwords'), 'ann:$7$secret\n', { mode: 0o600 });
  return { folder, place, program };
}

type Bed = Awaited<ReturnType<typeof bed>>;

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Runs a trial that has only to start; the script is counted by what comes `before`. */
async function trial({ folder, place, program }: Bed, before?: string): Promise<number | null> {
  const words = [join(place, name()), '20', '', '', 'once', program, '', '/'];
  const shell = before === undefined ? ['sh'] : ['bash', '--norc', '--posix'];
  const [first = '', ...rest] = [
    ...shell,
    '-c',
    `${before ?? ''}${hostScript('mosquitto/trial/start')}`,
    'lockstep',
  ];
  const child = spawn(first, [...rest, ...words], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(
    `mosquitto.conf\t${base64('# tried\n')}\ncopies/0\t${base64(join(folder, 'passwords'))}\n`,
  );
  const [code] = await once(child, 'exit');
  return code;
}

/** As if so many seconds had passed. */
async function pass(place: string, seconds: number): Promise<void> {
  const then = Date.now() / 1000 - seconds;
  for (const one of await readdir(place)) await utimes(join(place, one), then, then);
}

test('whatever a trial is cut off at, a later one takes away what it has left', {
  timeout: 600_000,
}, async () => {
  const made = await bed();
  const counter = join(made.folder, 'counter');
  let secrets = 0;
  for (let point = 1; ; point += 1) {
    await writeFile(counter, '');
    const code = await trial(made, counted(counter, point));
    if ((await readFile(counter)).length < point) {
      expect(code).toBe(0);
      break;
    }
    const what = `stopped before command ${point}`;
    expect(code, what).toBe(null);
    for (const one of await readdir(made.place))
      if ((await readdir(join(made.place, one, 'copies')).catch(() => [])).length > 0) secrets += 1;
    await pass(made.place, 601);
    expect(await trial(made), what).toBe(0);
    expect(await readdir(made.place), what).toEqual([]);
  }
  expect(secrets).toBeGreaterThan(2);
});

test('what may be another one at work stays, and so does what is none', async () => {
  const made = await bed();
  const [young, link, longer] = [name(), name(), `${name()}0`];
  await mkdir(join(made.place, 'mine'));
  await mkdir(join(made.place, longer));
  await pass(made.place, 5000);
  await symlink(join(made.place, 'mine'), join(made.place, link));
  await mkdir(join(made.place, young));
  await utimes(join(made.place, young), Date.now() / 1000 - 500, Date.now() / 1000 - 500);
  expect(await trial(made)).toBe(0);
  expect((await readdir(made.place)).sort()).toEqual([young, link, longer, 'mine'].sort());
});
