import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hostScript } from '../../src/host-scripts/script.ts';
import { programs } from '../support/host-scripts.ts';

// Every script for other machines, whole, as ShellCheck sees it. SC2310 to SC2312 are on: no function is called where
// `set -e` is ignored in it, and no failure is hidden by the command around it.

const missing = !existsSync('/usr/bin/shellcheck');

test('there are scripts', () => {
  expect(programs.length).toBeGreaterThan(40);
});

/** These only look, and are written short: lists without quotes, `A && B || C`, `ls` that is looked through. */
const looks = /^(mosquitto|host|files)\/(?!trial\/)/;

test.skipIf(missing).concurrent.each(programs.map(({ name }) => name))(
  'no failure goes unnoticed in %s',
  async (name) => {
    const optional = ['check-set-e-suppressed', 'check-extra-masked-returns'];
    const words = [
      '--shell=sh',
      '--format=gcc',
      `--enable=${optional}`,
      `--exclude=SC2034${looks.test(name) ? ',SC1007,SC2086,SC2046,SC2010,SC2015,SC3013' : ''}`,
      '-',
    ];
    const child = execFile('shellcheck', words);
    child.stdin?.end(hostScript(name));
    let told = '';
    for await (const text of child.stdout ?? []) told += text;
    expect(told).toBe('');
  },
);
