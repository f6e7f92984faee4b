import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditFolder, auditText, isPartial } from '../../../src/commands/audit.ts';
import { localHost } from '../../../src/host/local/local.ts';
import { folderAsMosquitto } from '../../../src/mosquitto/config/files/folder-files.ts';
import { isUnread } from '../../../src/mosquitto/config/model/gap.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { hostFiles } from '../../../src/mosquitto/inspection/host-files.ts';
import { printableJson } from '../../../src/text/clean.ts';
import { ingredients } from '../../support/brokers/hostile-folders.ts';
import { main, versions } from '../../support/brokers/reading.ts';
import { freePorts, startableBrokers } from '../../support/brokers/real-broker.ts';

// Whatever is in the folder: an audit ends soon, with words that are so, and nothing in them acts on a terminal. What a
// real broker does with the same folder the audit says, too, or that it has not read all.

const brokers = startableBrokers();
const names = Object.keys(ingredients);

interface Folder extends AsyncDisposable {
  path: string;
  /** The main file with which a real broker reads the same folder. */
  broker: string;
}

async function folderWith(these: readonly string[]): Promise<Folder> {
  const top = await mkdtemp(join(tmpdir(), 'lockstep-hostile-'));
  const path = join(top, 'etc');
  mkdirSync(join(path, 'conf.d'), { recursive: true });
  const ports = await freePorts(these.length + 1);
  const lines = `listener ${ports.pop()} 127.0.0.1\nallow_anonymous true\n`;
  const broker = join(top, 'broker.conf');
  await writeFile(join(path, 'mosquitto.conf'), `${lines}include_dir /etc/mosquitto/conf.d\n`);
  await writeFile(broker, `user root\n${lines}include_dir ${path}/conf.d\n`);
  for (const [index, name] of these.entries())
    ingredients[name]?.make(join(path, 'conf.d'), index, ports[index] as number);
  return {
    path,
    broker,
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
}

const some = fc.subarray(names, { minLength: 1, maxLength: 4 });

/** Longer than the limits of an audit allow, on a machine that does other things as well. */
const soon = 20_000;

test('an audit of any such folder ends soon, and in words that a screen can show', {
  timeout: 300_000,
}, async () => {
  const one = async (these: readonly string[]) => {
    await using folder = await folderWith(these);
    for (const version of versions) {
      const begun = performance.now();
      const report = await auditFolder(folder.path, version);
      expect(performance.now() - begun).toBeLessThan(soon);
      const json = printableJson(report);
      expect(json + auditText(report).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(JSON.parse(json)).toEqual(report);
      expect(json).not.toMatch(/undefined|\[object|something went wrong/i);
      expect(auditText(report).join('\n')).not.toMatch(/It says: Error: This is more than/);
    }
  };
  for (const name of names) await one([name]);
  await fc.assert(fc.asyncProperty(some, one), { numRuns: 20 });
});

/** What a real broker does: null where it neither runs nor has ended soon. */
function really([program = '', ...args]: readonly string[], file: string) {
  return new Promise<{ runs: boolean; log: string } | null>((done) => {
    const child = execFile(program, [...args, '-v', '-c', file], { encoding: 'latin1' });
    let log = '';
    const limit = setTimeout(() => end(null), 5000);
    const end = (runs: boolean | null) => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      done(runs === null ? null : { runs, log });
    };
    child.stderr?.on('data', (text: string) => {
      log += text;
      if (/mosquitto version \S+ running/.test(log)) end(true);
    });
    child.once('close', () => end(false));
  });
}

test.skipIf(brokers.length === 0)(
  'a real broker does what is said of it',
  {
    timeout: 300_000,
  },
  async () => {
    const quick = names.filter((name) => !ingredients[name]?.slow);
    const one = async (these: readonly string[]) => {
      await using folder = await folderWith(these);
      for (const { command, version } of brokers) {
        const report = await auditFolder(folder.path, version);
        const seen = await really(command, folder.broker);
        if (seen === null || isPartial(report)) continue;
        const what = `${version} with ${these.join(', ')}: ${seen.log.slice(-600)}`;
        expect(report.loads, what).toBe(seen.runs);
        for (const { port } of report.listeners)
          expect(seen.log, what).toContain(`listen socket on port ${port}.`);
        const spelt = report.firstError?.replaceAll('/etc/mosquitto', folder.path) ?? '';
        // Names that are no plain text are shown otherwise.
        if (/^[ -~]*$/.test(spelt)) expect(seen.log, what).toContain(spelt);
      }
    };
    for (const name of quick) await one([name]);
    const several = fc.subarray(quick, { minLength: 2, maxLength: 4 });
    await fc.assert(fc.asyncProperty(several, one), { numRuns: 10 });
  },
);

test('on a host the same is read of it, and the same is not', { timeout: 300_000 }, async () => {
  await using host = Object.assign(
    localHost({ name: 'practice', kind: 'practice', environment: process.env }),
    { [Symbol.asyncDispose]: async () => {} },
  );
  // A host's own links lead where they lead there.
  const alike = names.filter((name) => !/out of the folder|to nothing|link to a device/.test(name));
  const one = async (these: readonly string[]) => {
    await using folder = await folderWith(these);
    const file = join(folder.path, 'mosquitto.conf');
    await writeFile(file, `include_dir ${folder.path}/conf.d\n`);
    const layout = { folder: folder.path, access: join(folder.path, 'conf.d/a.conf'), cwd: '/' };
    const there = await readConfiguration(await hostFiles(host, layout), file, '2.0.21');
    await writeFile(file, 'include_dir /etc/mosquitto/conf.d\n');
    const here = await readConfiguration(folderAsMosquitto(folder.path), main, '2.0.21');
    const inside = (path: string) => path.replace(folder.path, '/etc/mosquitto');
    expect(there.files.map(inside), these.join()).toEqual(here.files);
    expect(there.directives.map(({ raw }) => inside(raw))).toEqual(
      here.directives.map(({ raw }) => raw),
    );
    const gaps = (all: typeof here.gaps) =>
      all.filter(isUnread).map(({ path, what }) => `${what} ${inside(path)}`);
    expect(gaps(there.gaps)).toEqual(gaps(here.gaps));
    expect(inside(there.error?.message ?? '')).toBe(here.error?.message ?? '');
  };
  for (const name of alike) await one([name]);
  const several = fc.subarray(alike, { minLength: 2, maxLength: 4 });
  await fc.assert(fc.asyncProperty(several, one), { numRuns: 10 });
});

test('what goes between listing and reading, and what grows, is told as that', async () => {
  await using folder = await folderWith(['a listener']);
  const files = folderAsMosquitto(folder.path);
  const conf = '/etc/mosquitto/conf.d';
  expect(await files.list(conf)).toEqual(['0.conf']);
  await unlink(join(folder.path, 'conf.d/0.conf'));
  const { error, gaps } = await readConfiguration(files, main, '2.0.21');
  expect([error, gaps]).toEqual([null, [{ path: `${conf}/0.conf`, what: 'gone' }]]);
});

test('of many files as many are read as ever are, and that is said', {
  timeout: 60_000,
}, async () => {
  await using folder = await folderWith([]);
  for (let index = 0; index < 5_000; index += 1)
    writeFileSync(join(folder.path, `conf.d/${String(index).padStart(6, '0')}.conf`), '#\n');
  const begun = performance.now();
  const report = await auditFolder(folder.path, '2.0.21');
  expect(performance.now() - begun).toBeLessThan(soon);
  expect(report.loads).toBe(true);
  expect(report.findings[0]).toMatchObject({
    id: 'not-read',
    message: expect.stringMatching(/^Lockstep reads at most 1000 files of a configuration, and /),
  });
});

test.each([
  ['listeners', (n: number) => `listener ${n + 2000}\n`, 10_000, '1000 listeners'],
  ['one switch', () => 'allow_anonymous true\n', 10_001, '10000 lines'],
  ['comments', () => '#\n', 500_000, '8 MiB'],
])(
  '%s without end are read as far as is ever read, soon',
  { timeout: 60_000 },
  async (_, line, count, most) => {
    await using folder = await folderWith([]);
    const text = Array.from({ length: count }, (__, n) => line(n)).join('');
    for (let index = 0; index < (count > 100_000 ? 9 : 1); index += 1)
      await writeFile(join(folder.path, `conf.d/${index}.conf`), text);
    const begun = performance.now();
    const report = await auditFolder(folder.path, '2.0.21');
    expect(performance.now() - begun).toBeLessThan(soon);
    expect(report.findings[0]).toMatchObject({
      id: 'not-read',
      message: expect.stringContaining(`at most ${most} of a configuration`),
    });
  },
);
