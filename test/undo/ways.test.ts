import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostScript } from '../../src/host-scripts/script.ts';

const run = promisify(execFile);
const shells = [['sh'], ['bash'], ['busybox', 'sh']].filter(
  ([program = '', ...words]) => spawnSync(program, [...words, '-c', ':']).status === 0,
);

const name = fc.constantFrom('a', 'b', 'c', 'line\nend', ' ');
const path = fc
  .array(fc.oneof(name, fc.constantFrom('.', '..', '')), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'));
const tree = fc.dictionary(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
  fc.oneof(path, fc.constant(null)),
  { maxKeys: 8 },
);

test('a way ends where the kernel ends it, over any links', async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.array(path, { minLength: 1 }), async (content, paths) => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'ways-')));
      try {
        const entries = Object.entries(content);
        // Folders first: what is made through a link that leads up would land outside.
        for (const [at] of entries) await mkdir(join(folder, at, '..'), { recursive: true });
        // What is in the way of another one is left out.
        for (const [at, target] of entries)
          if (target === null)
            await writeFile(join(folder, at), '', { flag: 'wx' }).catch(() => {});
          else await symlink(target || '.', join(folder, at)).catch(() => {});
        const asked = paths.map((one) => `${folder}/${one}`);
        const ends = await Promise.all(asked.map((one) => realpath(one).catch(() => '')));
        for (const [shell = '', ...words] of shells) {
          const { stdout } = await run(shell, [
            ...words,
            '-c',
            hostScript('undo/ways'),
            'lockstep',
            ...asked,
          ]);
          const records = stdout.split('\0');
          const found = records.filter((one) => one.startsWith('end ')).map((one) => one.slice(4));
          // `..` after what is no folder, or a slash after a file, is an error of the kernel alone.
          found.forEach((end, index) => {
            if (ends[index] !== '') expect(end).toBe(ends[index]);
          });
          expect(found).toHaveLength(asked.length);
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 150 },
  );
  // It makes and walks hundreds of links, which takes long beside a machine full of hosts.
}, 180_000);
