import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Trouble } from '../../../src/errors/trouble.ts';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { startTrial } from '../../../src/mosquitto/trial/trial.ts';
import { trialTree } from '../../../src/mosquitto/trial/trial-tree.ts';
import { probe } from '../../../src/mqtt/probe.ts';
import { practiceBroker } from '../../../src/practice/broker.ts';
import { preparePractice } from '../../../src/practice/folder.ts';
import { findProgram } from '../../../src/practice/program.ts';

const searchPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
const noMosquitto =
  (await findProgram('mosquitto', searchPath)) === null && process.env.LOCKSTEP_TEST_ALL !== '1';
const main = '/etc/mosquitto/mosquitto.conf';
/** The practice broker's files belong to whoever runs it; root would give up its rights. */
const asMe = process.getuid?.() === 0 ? 'user root\n' : '';
const text = (bytes: Buffer | undefined) => bytes?.toString('latin1').split('\n') ?? [];

test('listeners go to sockets; what is the live broker’s own is left out; the rest stays as it is', async () => {
  const files = filesFrom({
    [main]:
      'pid_file /run/x.pid\npersistence true\nlog_dest file /var/log/x\nlog_type none\ninclude_dir /etc/mosquitto/conf.d\n',
    '/etc/mosquitto/conf.d/a.conf':
      '# mine\nlistener 1883 192.0.2.7\nmax_connections 5\nallow_anonymous true\n',
    '/etc/mosquitto/conf.d/b.conf':
      'listener 9001\nprotocol websockets\nconnection up\naddress 192.0.2.9\ntopic # in\n',
  });
  const configuration = await readConfiguration(files, main, '2.0.11');
  const tree = await trialTree(configuration, files, '/tmp/s');
  expect(text(tree.files.get('mosquitto.conf'))).toEqual([
    '# pid_file',
    '# persistence',
    '# log_dest',
    '# log_type',
    'include_dir /tmp/s/include-0',
    '',
    'log_dest stderr',
    'persistence false',
    'persistence_location /tmp/s/copies',
    '',
  ]);
  expect(text(tree.files.get('include-0/0001.conf'))).toEqual([
    '',
    'listener 0 /tmp/s/sockets/1883-0',
    'max_connections 5',
    'allow_anonymous true',
    '',
  ]);
  expect(text(tree.files.get('include-0/0002.conf'))).toEqual([
    'listener 0 /tmp/s/sockets/9001-1',
    '# protocol',
    '# connection',
    '# address',
    '# topic',
    '',
  ]);
});

describe.skipIf(noMosquitto)('beside a live broker', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-shadow-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function live() {
    const made = await preparePractice(join(folder, 'practice'));
    const broker = await practiceBroker({ folder: made, searchPath });
    await broker.service.start();
    return { made, broker };
  }

  test('it serves what is not in place yet, and the live one goes on', async () => {
    const { made, broker } = await live();
    try {
      const before = await broker.service.state();
      const files = filesFrom({
        // It says that it runs, however little the live one may say.
        [made.main]: `${asMe}log_type error\nlistener ${made.plainPort}\nallow_anonymous false\n`,
      });
      const trial = await startTrial(
        broker,
        await readConfiguration(files, made.main, broker.version),
        files,
      );
      const where = { host: '127.0.0.1', port: made.plainPort, protocolVersion: 4 } as const;
      const through = () => trial.connect(made.plainPort);
      expect(await probe({ ...where, through })).toMatchObject({ observed: 'refused', connack: 5 });
      expect(await probe(where)).toMatchObject({ observed: 'accepted' });
      await trial.stop();
      await trial.stop();
      await expect(trial.connect(made.plainPort)).rejects.toThrow('could not be connected to');
      expect(await broker.service.state()).toEqual(before);
    } finally {
      await broker.service.stop();
    }
  });

  test('who comes while as many as it lets wait are waiting is let in a little later', async () => {
    const { made, broker } = await live();
    try {
      const files = filesFrom({ [made.main]: `${asMe}listener ${made.plainPort}\n` });
      const configuration = await readConfiguration(files, made.main, broker.version);
      const trial = await startTrial(broker, configuration, files);
      const own = await promisify(execFile)('pgrep', [
        '-x',
        '-f',
        `${broker.program} -c ${trial.folder}.*`,
      ]);
      const pid = Number(own.stdout);
      // It is busy: for as long as it is, the kernel lets eleven in, and turns the others away.
      process.kill(pid, 'SIGSTOP');
      let open = 0;
      const all = Array.from({ length: 16 }, async () => {
        const connection = await trial.connect(made.plainPort);
        open += 1;
        return connection;
      });
      await expect.poll(() => open).toBe(11);
      process.kill(pid, 'SIGCONT');
      for (const connection of await Promise.all(all)) connection.destroy();
      await trial.stop();
    } finally {
      await broker.service.stop();
    }
  });

  test('one that nobody stops ends by itself, and leaves nothing', async () => {
    const { made, broker } = await live();
    try {
      const files = filesFrom({ [made.main]: `${asMe}listener ${made.plainPort}\n` });
      const configuration = await readConfiguration(files, made.main, broker.version);
      const trial = await startTrial(broker, configuration, files, { life: 1 });
      (await trial.connect(made.plainPort)).destroy();
      expect(existsSync(trial.folder)).toBe(true);
      await expect.poll(() => existsSync(trial.folder), { timeout: 8000 }).toBe(false);
      await expect(trial.connect(made.plainPort)).rejects.toThrow('could not be connected to');
      await trial.stop();
    } finally {
      await broker.service.stop();
    }
  });

  test('one whose guard ended before it is ended all the same', async () => {
    const { made, broker } = await live();
    try {
      const files = filesFrom({ [made.main]: `${asMe}listener ${made.plainPort}\n` });
      const configuration = await readConfiguration(files, made.main, broker.version);
      const trial = await startTrial(broker, configuration, files);
      const processes = async () => {
        const found = promisify(execFile)('pgrep', ['-f', '-a', `mosquitto -c ${trial.folder}/`]);
        return (await found.catch(() => ({ stdout: '' }))).stdout.split('\n').filter(Boolean);
      };
      const guard = (await processes()).find((line) => line.includes('timeout'));
      process.kill(Number.parseInt(guard ?? '', 10), 'SIGKILL');
      await expect.poll(processes).toHaveLength(1);
      await trial.stop();
      await expect.poll(processes).toEqual([]);
      expect(existsSync(trial.folder)).toBe(false);
    } finally {
      await broker.service.stop();
    }
  });

  test('one that has only to start is ended at once, and leaves nothing', async () => {
    const { made, broker } = await live();
    try {
      const files = filesFrom({ [made.main]: `${asMe}listener ${made.plainPort}\n` });
      const configuration = await readConfiguration(files, made.main, broker.version);
      const trial = await startTrial(broker, configuration, files, { once: true });
      expect(existsSync(trial.folder)).toBe(false);
      await expect(trial.connect(made.plainPort)).rejects.toThrow('could not be connected to');
    } finally {
      await broker.service.stop();
    }
  });

  test('what does not start is told in the words of the broker, with the real file', async () => {
    const { made, broker } = await live();
    try {
      const key = join(folder, 'no.key');
      await writeFile(key, 'not a key');
      const bad = `listener ${made.tlsPort}\ncertfile ${key}\nkeyfile ${key}\n`;
      const files = filesFrom({
        [made.main]: `${asMe}include_dir ${folder}/conf.d\n`,
        [`${folder}/conf.d/access.conf`]: bad,
      });
      const configuration = await readConfiguration(files, made.main, broker.version);
      const failure = await startTrial(broker, configuration, files).catch((error) => error);
      expect(failure).toBeInstanceOf(Trouble);
      expect(failure.detail).toContain(key);
      expect(failure.likely).toContain('Unable to load server certificate');
      const typo = filesFrom({ [made.main]: 'listener 1\nallow_anonymos true\n' });
      const second = await startTrial(
        broker,
        await readConfiguration(typo, made.main, broker.version),
        typo,
      ).catch((error) => error);
      expect(second.detail).toContain(`${made.main}:`);
      expect((await broker.service.state()).running).toBe(true);
    } finally {
      await broker.service.stop();
    }
  });
});
