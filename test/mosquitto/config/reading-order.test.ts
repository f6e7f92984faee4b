import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inReadingOrder } from '../../../src/mosquitto/config/reader/reading-order.ts';
import { freePorts, startableBrokers } from '../../support/brokers/real-broker.ts';

// In which order the files of a folder are read decides which of two lines holds.

const letters = [...'aAbBmzZ_~{09 -.+äÄöéßñ€Ωж中😀'];

/** Names of files as people have them, and worse. */
const names = fc.sample(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }), 300);
const files = [...new Set(names.map((name) => `${name.join('')}.conf`))].filter(
  (name) => name !== '.conf' && name !== '..conf',
);

test('umlauts come last, also above letters of another case; a number by its digits', () => {
  const measured = [
    '10.conf',
    '9.conf',
    'A.conf',
    'a.conf',
    'aB.conf',
    'ab.conf',
    'aä.conf',
    'Z.conf',
  ];
  const last = ['z.conf', '{.conf', 'Ä ö.conf', 'é.conf', 'ö.conf'];
  const order = [...measured, ...last];
  expect(order.toReversed().sort(inReadingOrder)).toEqual(order);
});

test.each(startableBrokers())('$version reads them in that order', async ({ command }) => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-order-'));
  try {
    const [port] = await freePorts(1);
    mkdirSync(join(folder, 'd'));
    for (const name of files) writeFileSync(join(folder, 'd', name), '# nothing\n');
    const main = join(folder, 'm.conf');
    writeFileSync(main, `include_dir ${folder}/d\nlistener ${port} 127.0.0.1\n`);
    const [program = '', ...words] = command;
    const broker = spawn(program, [...words, '-v', '-c', main], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [broker.stdout, broker.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (/ running\n/.test(said)) broker.kill('SIGKILL');
      });
    await new Promise((resolve) => broker.once('close', resolve));
    const read = [...said.matchAll(/Loading config file '?\S*?\/d\/(.*\.conf)'?\n/g)].map(
      ([, name]) => name,
    );
    expect(read).toEqual([...files].sort(inReadingOrder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
