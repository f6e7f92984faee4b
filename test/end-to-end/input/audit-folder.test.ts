import { isUtf8 } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ingredients } from '../../support/brokers/hostile-folders.ts';
import { program } from '../../support/hosts/program.ts';
import { auditReport } from '../../support/program/contract.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';

let home: Home;
let folder: string;
beforeEach(async () => {
  home = await newHome();
  folder = join(home.folder, 'etc');
  await mkdir(folder);
});
afterEach(() => home.remove());

const audit = (...more: string[]) =>
  home.run('audit', '--config', folder, '--broker-version', '2.0.21', ...more);

test('a part that is elsewhere was not read: exit code 1, and nobody is told that all is well', async () => {
  await writeFile(join(folder, 'mosquitto.conf'), 'include_dir /mosquitto/config/conf.d\n');
  const { code, stdout } = await audit();
  expect(code).toBe(1);
  expect(stdout).toContain('A part of the configuration was not read.');
  expect(stdout).not.toContain('cannot reach');
  const json = await audit('--json');
  expect(json.code).toBe(1);
  const { findings } = auditReport.parse(JSON.parse(json.stdout));
  expect(findings.map(({ id }) => id)).toContain('not-read');
});

test('found beside the main file it is read, and what it opens is told', async () => {
  await writeFile(join(folder, 'mosquitto.conf'), 'include_dir ./conf.d\n');
  await mkdir(join(folder, 'conf.d'));
  await writeFile(join(folder, 'conf.d/open.conf'), 'listener 1883\nallow_anonymous true\n');
  const { code, stdout } = await audit('--json');
  expect(code).toBe(0);
  const { findings } = auditReport.parse(JSON.parse(stdout));
  expect(findings.map(({ id }) => id)).toEqual(['open-to-network', 'read-beside']);
});

test('a folder that the copy is without was not read: exit code 1', async () => {
  await writeFile(join(folder, 'mosquitto.conf'), 'include_dir /etc/mosquitto/custom.d\n');
  const { code, stdout } = await audit();
  expect(code).toBe(1);
  expect(stdout).toContain('A part of the configuration was not read.');
  expect(stdout).not.toContain('cannot reach');
});

test('a folder full of what is none of a configuration: each is named, on a clean line', async () => {
  await writeFile(join(folder, 'mosquitto.conf'), 'include_dir /etc/mosquitto/conf.d\n');
  await mkdir(join(folder, 'conf.d'));
  // What ends the reading comes last.
  const names = Object.keys(ingredients)
    .filter(
      (name) =>
        !/wrong|folder of|to a folder|\bbyte\b|NUL|control|circle|link to itself/.test(name),
    )
    .concat('a link to itself');
  for (const [index, name] of names.entries())
    ingredients[name]?.make(join(folder, 'conf.d'), index + 10, 2000 + index);
  const text = await audit();
  const json = await audit('--json');
  for (const { code, stderr, bytes } of [text, json]) {
    expect([code, stderr]).toEqual([1, '']);
    expect(isUtf8(bytes)).toBe(true);
    expect(bytes.toString()).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
  }
  const { findings } = auditReport.parse(JSON.parse(json.stdout));
  const said = findings.filter(({ id }) => id === 'not-read').map(({ message }) => message);
  for (const words of [/leads back to itself/, /a named pipe/, /a socket/, /not UTF-8/, /1 MiB/])
    expect(said).toContainEqual(expect.stringMatching(words));
});

test('a main file that is none: it is named, exit code 2', async () => {
  execFileSync('mkfifo', [join(folder, 'mosquitto.conf')]);
  const { code, stdout, stderr } = await audit();
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('The configuration was not read.');
  expect(stderr).toContain('/etc/mosquitto/mosquitto.conf is a named pipe');
});

test('what this user may not read is named; the folder itself ends it', async () => {
  await writeFile(join(folder, 'mosquitto.conf'), 'include_dir /etc/mosquitto/conf.d\n');
  await mkdir(join(folder, 'conf.d'));
  await writeFile(join(folder, 'conf.d/a.conf'), 'listener 1884\n', { mode: 0 });
  // Root without what lets it read everything is a user like any other.
  const plain = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', withoutRead] : [];
  const asPlain = (...more: string[]) =>
    program(
      [...plain, process.execPath, launcher, 'audit', '--config', folder].concat(
        '--broker-version',
        '2.0.21',
        ...more,
      ),
      { env: home.environment },
    );
  const one = await asPlain();
  expect([one.code, one.stderr]).toEqual([1, '']);
  expect(one.stdout).toContain(
    '/etc/mosquitto/conf.d/a.conf could not be read (permission denied)',
  );
  await chmod(join(folder, 'conf.d'), 0);
  const two = await asPlain('--json');
  expect(two.code).toBe(1);
  expect(auditReport.parse(JSON.parse(two.stdout)).findings[0]?.message).toContain(
    '/etc/mosquitto/conf.d could not be read (permission denied)',
  );
  await chmod(folder, 0);
  const three = await asPlain();
  await chmod(folder, 0o700);
  expect(three.code).toBe(2);
  expect(three.stderr).toContain(`The folder ${folder} cannot be read.`);
  await chmod(join(folder, 'conf.d'), 0o700);
});

const withoutRead = '-dac_override,-dac_read_search';
