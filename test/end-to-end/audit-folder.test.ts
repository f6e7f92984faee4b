import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditReport } from './contract.ts';
import { type Home, newHome } from './lockstep.ts';

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
