import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { type Folder, newFolder } from './folder.ts';
import type { Kind } from './init.ts';
import type { Script } from './scripts.ts';

/** A folder as a script finds it, as often as is asked: `anew` makes it so again. */
export async function foundBy({ begin }: Script, kind: Kind) {
  const folder: Folder = await newFolder(kind);
  const { at, tree } = folder;
  const all = ['etc', 'var', ...folder.init].map(at);
  const copy = (from: string, to: string) =>
    execFileSync('sh', ['-c', 'rm -rf "$2" && cp -a "$1" "$2"', 'copy', from, to]);
  await writeFile(at('etc/main.conf'), 'first\n');
  const untouched = tree();
  await begin(folder);
  for (const one of all) copy(one, `${one}.kept`);
  return {
    folder,
    untouched,
    before: tree(),
    async anew(): Promise<void> {
      for (const one of all) copy(`${one}.kept`, one);
      await rm(at('bin/asked'), { force: true });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** All points with `LOCKSTEP_TEST_FULL`, else so many of them. */
export function someOf<Point>(all: readonly Point[], count: number): Point[] {
  if (process.env.LOCKSTEP_TEST_FULL) return [...all];
  const most = Math.min(count, all.length);
  return fc.sample(fc.shuffledSubarray([...all], { minLength: most, maxLength: most }), 1)[0] ?? [];
}
