import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asStarted, startedAs } from '../../src/this-machine/started-as.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'started-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A program of that name that says what it was called with. */
function place(path: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\necho "started $*"\n');
  chmodSync(file, 0o755);
  return file;
}

function link(path: string, to: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(to, join(root, path));
  return join(root, path);
}

const at = (path: string) => join(root, path);
const system = '/usr/bin:/bin';
const start = (script: string, folder: string, more: Record<string, string> = {}): string =>
  startedAs({ script, node: '/bin/sh', folder, environment: { PATH: system, ...more } });

/** A checkout: what npm makes of it, and a `node` for its users, who stands for the real one. */
function checkout() {
  const launcher = place('checkout/src/launcher.cjs');
  mkdirSync(at('elsewhere'));
  return { launcher, bin: link('checkout/node_modules/.bin/lockstep', launcher) };
}

test('in a checkout it is npx, from npx and from npm start', () => {
  const { launcher, bin } = checkout();
  const npm = { PATH: `${dirname(bin)}:${system}` };
  expect(start(bin, at('checkout'), npm)).toBe('npx lockstep');
  expect(start(launcher, at('checkout'), { ...npm, INIT_CWD: at('checkout') })).toBe(
    'npx lockstep',
  );
  expect(start(launcher, at('checkout/src'))).toBe('npx lockstep');
});

test('in another folder npx would not find it: it is named by its file', () => {
  const { launcher, bin } = checkout();
  for (const given of [
    start(launcher, at('elsewhere')),
    start(bin, at('checkout'), { INIT_CWD: at('elsewhere') }),
  ])
    expect(given).toMatch(new RegExp(`^(node|/bin/sh) ${launcher}$`));
});

test('on the path it is its name alone, but not where another is found first', () => {
  const { launcher } = checkout();
  const bin = link('bin/lockstep', launcher);
  expect(start(bin, at('elsewhere'), { PATH: `${at('bin')}:${system}` })).toBe('lockstep');
  place('other/lockstep');
  expect(start(bin, at('elsewhere'), { PATH: `${at('other')}:${at('bin')}` })).not.toBe('lockstep');
});

test('installed in a project, it is npx there; out of npx’s own cache it is the package', () => {
  const launcher = place('project/node_modules/mqtt-lockstep/src/launcher.cjs');
  link('project/node_modules/.bin/lockstep', launcher);
  expect(start(launcher, at('project'))).toBe('npx lockstep');
  const cached = place('.npm/_npx/0123/node_modules/mqtt-lockstep/src/launcher.cjs');
  expect(start(cached, at('project'))).toBe('npx mqtt-lockstep');
});

test('what is named can be typed, whatever is in the name of the folder', () => {
  const launcher = place("it's here/src/launcher.cjs");
  const words = start(launcher, root, { PATH: '' });
  expect(execFileSync('sh', ['-c', `${words} status`], { encoding: 'utf8' })).toBe(
    'started status\n',
  );
});

test.each([
  ['("lockstep undo", or by hand: x)', '("npx lockstep undo", or by hand: x)'],
  ['unattended: lockstep run --broker WHERE', 'unattended: npx lockstep run --broker WHERE'],
  ['with: lockstep --broker practice --reset', 'with: npx lockstep --broker practice --reset'],
  ['Only "lockstep" and "lockstep run" take', 'Only "npx lockstep" and "npx lockstep run" take'],
  ['Usage: lockstep [options]', 'Usage: npx lockstep [options]'],
  ['/var/lib/mqtt-lockstep run', '/var/lib/mqtt-lockstep run'],
  ['as lockstep does', 'as lockstep does'],
  ['npx lockstep status', 'npx lockstep status'],
  // A file that is pasted by hand is the file that the program writes.
  [
    '# Written by Lockstep. "lockstep undo" puts back what was here before.',
    '# Written by Lockstep. "lockstep undo" puts back what was here before.',
  ],
])('%j', (text, named) => {
  expect(asStarted(text, 'npx lockstep')).toBe(named);
});
