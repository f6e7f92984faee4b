// Makes dist/: one entry, with what it loads later (terminal library, SSH, MQTT) in chunks of
// their own, so that headless commands never pay for the screen, nor the first frame for SSH.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * What must not be in the bundle. Ink asks for React's developer tools, only in development. The
 * store's library brings when-exit, which answers every signal by raising it again: the program would
 * end in the middle of putting things in order. What that is for, temporary files, the store clears.
 */
const leftOut = {
  name: 'left-out',
  setup(builder) {
    builder.onResolve({ filter: /^(react-devtools-core|when-exit)$/ }, () => ({
      path: 'none',
      namespace: 'stub',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'export default () => {};',
    }));
  },
};

/**
 * Yoga (Ink's layout) carries its WebAssembly as a data URL and gets it with fetch(), which loads
 * all of undici: a third of the time to the first frame. It takes the bytes just as well.
 */
const layoutWithoutFetch = {
  name: 'layout-without-fetch',
  setup(builder) {
    const dataUrl = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)"/;
    const parts = async (path, what) => {
      const text = await readFile(path, 'utf8');
      if (!what.test(text)) throw new Error(`${path} is not as it was: look at the build again`);
      return text;
    };
    builder.onLoad({ filter: /yoga-layout\/dist\/src\/index\.js$/ }, async ({ path }) => ({
      contents: `import wasmBinary from 'yoga.wasm';\n${(
        await parts(path, /await loadYoga\(\)/)
      ).replace('loadYoga()', 'loadYoga({ wasmBinary })')}`,
    }));
    builder.onLoad(
      { filter: /yoga-wasm-base64-esm\.js$/, namespace: 'file' },
      async ({ path }) => ({
        contents: (await parts(path, dataUrl)).replace(dataUrl, '""'),
      }),
    );
    builder.onResolve({ filter: /^yoga\.wasm$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, '../binaries/yoga-wasm-base64-esm.js'),
      namespace: 'wasm',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'wasm' }, async ({ path }) => ({
      contents: Buffer.from(dataUrl.exec(await parts(path, dataUrl))[1], 'base64'),
      loader: 'binary',
    }));
  },
};

/** Of node-forge only ASN.1 is used (src/pki/der.ts); the rest would be half a megabyte to load. */
const asn1Only = {
  name: 'asn1-only',
  setup(builder) {
    builder.onResolve({ filter: /^node-forge$/ }, () => ({ path: 'asn1', namespace: 'forge' }));
    builder.onLoad({ filter: /.*/, namespace: 'forge' }, () => ({
      contents: `import 'node-forge/lib/asn1.js';\nexport { default } from 'node-forge/lib/forge.js';`,
      resolveDir: root,
    }));
  },
};

/**
 * What the screens are made of: ASCII, and of the rest what they draw with. Each of these characters
 * stands alone, in one UTF-16 unit and one column.
 */
const drawn = '/^[\\u001B -~·×‐-―‘-”…‹›←-↓⏎─-▟▲▴▶▸▼▾●○✓✗]*$/';

/**
 * Unicode's segments and emoji take 40 ms to set up, in every one of the six modules that may meet
 * them. Here it is done once, at the first character that needs it; none of the screens' own does.
 */
const unicodeWhenNeeded = {
  name: 'unicode-when-needed',
  setup(builder) {
    const real = join(root, 'node_modules/string-width/index.js');
    builder.onResolve({ filter: /^string-width$/ }, ({ kind }) =>
      kind === 'require-call' ? { path: real } : { path: 'width', namespace: 'unicode' },
    );
    builder.onResolve({ filter: /^segmenter$/ }, () => ({
      path: 'segmenter',
      namespace: 'unicode',
    }));
    builder.onLoad({ filter: /^width$/, namespace: 'unicode' }, () => ({
      contents: `const drawn = ${drawn};
export default (text, options) =>
  typeof text === 'string' && drawn.test(text)
    ? text.replace(/\\u001B\\[[\\d;]*m/g, '').length
    : require('string-width').default(text, options);`,
      resolveDir: root,
    }));
    builder.onLoad({ filter: /^segmenter$/, namespace: 'unicode' }, () => ({
      contents: `const drawn = ${drawn};
let segmenter;
export default {
  segment: (input) => drawn.test(input)
    ? Array.from(input, (segment, index) => ({ segment, index, input }))
    : (segmenter ??= new Intl.Segmenter()).segment(input),
};`,
    }));
    const users =
      /\/(ink\/build\/line-update|slice-ansi\/tokenize-ansi|wrap-ansi\/index|cli-truncate\/index|ansi-tokenize\/build\/tokenize)\.js$/;
    builder.onLoad({ filter: users }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const without = text.replace(/new Intl\.Segmenter\([^)]*\)/, 'lockstepSegmenter');
      if (without === text) throw new Error(`${path} is not as it was: look at the build again`);
      return { contents: `import lockstepSegmenter from 'segmenter';\n${without}` };
    });
  },
};

/**
 * An import of one of Node's own modules evaluates everything that it exports, which loads what Node
 * itself would load late: 16 ms for `fs`, 100 for `http` (measured). Those late parts are getters;
 * here they are left out, and whoever wants one by name makes the build fail.
 */
const nodeModulesAsNeeded = {
  name: 'node-modules-as-needed',
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path: path.replace(/^(node:)?/, 'node:'), namespace: 'node' }
        : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => {
      const exports = Object.getOwnPropertyDescriptors(process.getBuiltinModule(path));
      const names = Object.keys(exports).filter(
        (name) => 'value' in exports[name] && /^[A-Za-z]\w*$/.test(name) && name !== 'default',
      );
      return {
        contents: `const all = process.getBuiltinModule('${path}');
export default all;
export const { ${names.map((name) => `${name}: $${name}`).join(', ')} } = all;`
          .replace(/\$(\w+)/g, '_$1')
          .replace('export const', 'const')
          .concat(`\nexport { ${names.map((name) => `_${name} as ${name}`).join(', ')} };`),
      };
    });
  },
};

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
  jsx: 'automatic',
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    LOCKSTEP_VERSION: JSON.stringify(version),
  },
  external: ['*.node', 'cpu-features'],
  plugins: [leftOut, layoutWithoutFetch, asn1Only, unicodeWhenNeeded, nodeModulesAsNeeded],
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
