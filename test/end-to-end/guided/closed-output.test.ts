import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';

let home: Home;
beforeEach(async () => {
  home = await newHome();
  await mkdir(join(home.folder, 'etc'));
  // More findings than fit into a pipe.
  const lines = Array.from({ length: 600 }, (_, index) => `allow_anonymous ${index % 2 === 0}\n`);
  await writeFile(join(home.folder, 'etc/mosquitto.conf'), `listener 1883\n${lines.join('')}`);
});
afterEach(() => home.remove());

const audit = () => [
  ...['audit', '--config', join(home.folder, 'etc')],
  ...['--broker-version', '2.0.11'],
];

test('audit … | head -4: four lines, and not a word more', async () => {
  const script = '"$@" | head -4';
  const argv = ['sh', '-c', script, 'sh', process.execPath, launcher, ...audit()];
  const { stdout, stderr } = await program(argv, { env: home.environment });
  expect(stdout.trimEnd().split('\n')).toHaveLength(4);
  expect(stdout).toMatch(/^The broker starts with this configuration\./);
  expect(stderr).toBe('');
});

test.each([
  ['audit', audit],
  ['audit --json', () => [...audit(), '--json']],
  ['answers', () => ['answers']],
  ['status', () => ['status']],
  ['status --json', () => ['status', '--json']],
  ['verify', () => ['verify']],
  ['run --dry-run --json', () => ['run', '--dry-run', '--json']],
  ['--help', () => ['--help']],
  ['--version', () => ['--version']],
])('%s ends quietly when nobody reads its output', async (_, words) => {
  const child = spawn(process.execPath, [launcher, ...words()], { env: home.environment });
  // Closed before the program has written anything.
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [code] = await once(child, 'close');
  expect(stderr).not.toMatch(/^ {4}at |Unhandled|EPIPE/m);
  expect(code).toBe(1);
});
