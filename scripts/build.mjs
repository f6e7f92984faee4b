// Makes dist/: one entry, with what it loads later (terminal library, SSH, MQTT) in chunks of
// their own, so that headless commands never pay for the screen, nor the first frame for SSH.
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leanStart, segmenterUsers } from './lean-start.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * What must not be in the bundle. Ink asks for React's developer tools, only in development. The
 * store's library brings when-exit, which answers every signal by raising it again: the program would
 * end in the middle of putting things in order. What that is for, temporary files, the store clears. It
 * brings env-paths, too, which fails where the user has no account, and is not asked: we say the folder.
 */
const leftOut = {
  name: 'left-out',
  setup(builder) {
    builder.onResolve({ filter: /^(react-devtools-core|when-exit|env-paths)$/ }, () => ({
      path: 'none',
      namespace: 'stub',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'export default () => {};',
    }));
  },
};

/** What is sent to other machines, by its path without `.sh`: see src/host-scripts/script.ts. */
const hostScripts = {};
const scriptFolder = join(root, 'src/host-scripts');
for (const name of (await readdir(scriptFolder, { recursive: true })).sort())
  if (name.endsWith('.sh'))
    hostScripts[name.slice(0, -'.sh'.length)] = await readFile(join(scriptFolder, name), 'utf8');

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli.ts' },
  outdir: 'dist',
  write: false,
  metafile: true,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // It has both; esbuild would make every such expression anew wherever it is used.
  supported: { 'regexp-unicode-property-escapes': true, 'regexp-set-notation': true },
  jsx: 'automatic',
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    LOCKSTEP_VERSION: JSON.stringify(version),
    LOCKSTEP_SCRIPTS: JSON.stringify(hostScripts),
  },
  external: ['*.node', 'cpu-features'],
  plugins: [leftOut, ...leanStart],
  // CommonJS packages inside an ES module still expect these three names.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      "import { fileURLToPath as __fileURLToPath } from 'node:url';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = __fileURLToPath(import.meta.url);',
      "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
  logLevel: 'warning',
});

const inputs = Object.keys(metafile.inputs);
for (const user of segmenterUsers)
  if (!inputs.some((input) => input.replace(/\.[jt]s$/, '').endsWith(user)))
    throw new Error(`${user} is in the bundle no more: look at scripts/lean-start.mjs`);

// Programs may be running from dist/, and other builds be under way. The names of chunks carry a
// hash of their content: each is put there whole, the entry last, and what it replaces stays for a
// day, because a program that runs may load it yet.
await mkdir(dist, { recursive: true });
const put = async (name, contents) => {
  const temporary = join(dist, `.${name}.${process.pid}`);
  await writeFile(temporary, contents);
  await rename(temporary, join(dist, name));
};
const made = new Map(
  outputFiles.map(({ path, contents }) => [path.slice(dist.length + 1), contents]),
);
const entry = made.get('cli.mjs');
made.delete('cli.mjs');
for (const [name, contents] of made) await put(name, contents);
await put('build.json', JSON.stringify(metafile.outputs));
await put('cli.mjs', entry);

const aDayAgo = Date.now() - 24 * 60 * 60 * 1000;
for (const name of await readdir(dist)) {
  if (made.has(name) || name === 'cli.mjs' || name === 'build.json') continue;
  const facts = await stat(join(dist, name)).catch(() => null);
  if (facts && facts.mtimeMs < aDayAgo) await rm(join(dist, name), { force: true });
}

// `npx lockstep` in a checkout looks here first. Without it, npx would install the checkout into a
// cache of its own: slow, over the network, and broken for good when that is interrupted.
const command = join(root, 'node_modules', '.bin', 'lockstep');
await symlink('../../src/launcher.cjs', command).catch(({ code, message }) => {
  if (code !== 'EEXIST' && code !== 'ENOENT') throw new Error(message);
});
