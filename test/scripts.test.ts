import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// Every script for a broker's host, as ShellCheck sees it. SC2310 to SC2312 are on: no function is called where `set -e`
// is ignored in it, and no failure is hidden by the command around it.

const root = join(import.meta.dirname, '..');
const declared = /^(export )?const (\w*[sS]cript) = `/gm;

const sources = (await readdir(join(root, 'src'), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));
const scripts: [string, string][] = [];
for (const source of sources)
  for (const [, exported, name = ''] of (await readFile(source, 'utf8')).matchAll(declared)) {
    expect(exported, `${name} in ${source} is exported, to be seen here`).toBeDefined();
    scripts.push([`${source.slice(root.length + 1)} ${name}`, (await import(source))[name]]);
  }

const missing = !existsSync('/usr/bin/shellcheck');

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThan(30);
});

/** These only look, and are written short: lists without quotes, `A && B || C`, `ls` that is looked through. */
const looks = /^src\/(mosquitto|host|steps)\/(?!trial\/trial-script)/;

test.skipIf(missing).concurrent.each(scripts)(
  'no failure goes unnoticed in %s',
  async (name, script) => {
    const optional = ['check-set-e-suppressed', 'check-extra-masked-returns'];
    const words = [
      '--shell=sh',
      '--format=gcc',
      `--enable=${optional}`,
      `--exclude=SC2034${looks.test(name) ? ',SC1007,SC2086,SC2046,SC2010,SC2015,SC3013' : ''}`,
      '-',
    ];
    const child = execFile('shellcheck', words);
    child.stdin?.end(script);
    let told = '';
    for await (const text of child.stdout ?? []) told += text;
    expect(told).toBe('');
  },
);
