// Plugins for the build: the first frame must not wait for what it does not draw with. Each is worth
// its milliseconds (`npm run bench` measures the sum), and each makes the build fail rather than do
// something else when a package is not as it was.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

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

/** Of node-forge only ASN.1 is used (src/pki/encoding/der.ts); the rest would be half a megabyte to load. */
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

/** Who takes texts apart. The build fails where one of them is not met any more, by another name or place. */
export const segmenterUsers = [
  ...['src/text/clean', 'screens/text/lines', 'screens/forms/text-field', 'ink/build/line-update'],
  ...['slice-ansi/tokenize-ansi', 'wrap-ansi/index', 'cli-truncate/index'],
  'ansi-tokenize/build/tokenize',
];

/**
 * Unicode's segments and emoji take 40 ms to set up, in every one of the modules that may meet
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
const style = /\\u001B\\[[\\d;]*m/g;
export default (text, options) => {
  const plain = options?.countAnsiEscapeCodes ? text : String(text).replace(style, '');
  return drawn.test(plain) && !plain.includes('\\u001B') && options?.ambiguousIsNarrow !== false
    ? plain.length
    : require('string-width').default(text, options);
};`,
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
    const users = new RegExp(`/(${segmenterUsers.join('|')})\\.[jt]s$`);
    builder.onLoad({ filter: users }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const without = text.replace(/new Intl\.Segmenter\([^)]*\)/, 'lockstepSegmenter');
      if (without === text) throw new Error(`${path} is not as it was: look at the build again`);
      const loader = path.endsWith('.ts') ? 'ts' : 'js';
      return { contents: `import lockstepSegmenter from 'segmenter';\n${without}`, loader };
    });
  },
};

/** Loaded at the first use, not at the start: TLS takes 20 ms, cryptography 10, the others 2 to 4. */
const late = new Set(['node:tls', 'node:crypto', 'node:child_process', 'node:fs/promises']);

/**
 * An import of one of Node's own modules evaluates everything that it exports, which loads what Node
 * itself would load late: 16 ms for `fs`, 100 for `http` (measured). Those late parts are getters,
 * or load more of Node when they are read; here they are left out, and whoever wants one by name makes the build fail.
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
      const { names, functions } = exportsOf(path);
      return { contents: late.has(path) ? lateModule(path, functions) : module(path, names) };
    });
  },
};

/** What a module of Node has that is there at once; asked in a new process, where nothing was used yet. */
function exportsOf(path) {
  const script = `
    const exports = process.getBuiltinModule('${path}');
    const there = Object.getOwnPropertyNames(exports).flatMap((name) => {
      const loaded = process.moduleLoadList.length;
      const { value } = Object.getOwnPropertyDescriptor(exports, name);
      // Newer versions warn of these four when they are looked at; an older one may build.
      if (/^[FRWX]_OK$/.test(name)) return [];
      const late = value === undefined || process.moduleLoadList.length > loaded;
      return late || name === 'default' || !/^[A-Za-z]\\w*$/.test(name) ? [] : [[name, typeof value]];
    });
    const names = (list) => list.map(([name]) => name);
    const functions = there.filter(([, type]) => type === 'function');
    console.log(JSON.stringify({ names: names(there), functions: names(functions) }));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

/** Whether a name is a reserved word does not matter to an export's own name. */
const exported = (names) => `export { ${names.map((name) => `_${name} as ${name}`).join(', ')} };`;

const module = (path, names) => `
const all = process.getBuiltinModule('${path}');
const { ${names.map((name) => `${name}: _${name}`).join(', ')} } = all;
export default all;
${exported(names)}`;

/** Its functions and classes are stood for by proxies: to call, make, ask and compare is the same. */
const lateModule = (path, functions) => `
const all = () => process.getBuiltinModule('${path}');
const late = (name) => new Proxy(function () {}, {
  apply: (_, self, given) => Reflect.apply(all()[name], self, given),
  construct: (_, given) => Reflect.construct(all()[name], given),
  get: (_, key) => all()[name][key],
});
export default new Proxy({}, { get: (_, name) => all()[name] });
${functions.map((name) => `const _${name} = late('${name}');`).join('\n')}
${exported(functions)}`;

/** `performance` brings a whole module of Node with it, for the one function that is used of it. */
const clockAlone = {
  name: 'clock-alone',
  setup(builder) {
    builder.initialOptions.inject = [...(builder.initialOptions.inject ?? []), 'clock'];
    builder.onResolve({ filter: /^clock$/ }, () => ({ path: 'clock', namespace: 'clock' }));
    builder.onLoad({ filter: /.*/, namespace: 'clock' }, () => ({
      contents: 'export const performance = { now: () => Number(process.hrtime.bigint()) / 1e6 };',
    }));
  },
};

/** The MQTT library would make 65,536 buffers before the first packet: 35 ms in which nothing moves. */
const packetsWithoutCache = {
  name: 'packets-without-cache',
  setup(builder) {
    builder.onLoad({ filter: /mqtt-packet\/writeToStream\.js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\nmodule.exports.cacheNumbers = false;`,
    }));
  },
};

export const leanStart = [
  layoutWithoutFetch,
  asn1Only,
  unicodeWhenNeeded,
  nodeModulesAsNeeded,
  clockAlone,
  packetsWithoutCache,
];
