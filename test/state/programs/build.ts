import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles one of the programs beside this file: as it is, half its life would go into loading. */
export async function bundled(name: 'writer' | 'locker', folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}
