import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import fc from 'fast-check';
import realWidth from 'string-width';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leanStart } from '../scripts/lean-start.mjs';

// What the build puts in the place of slow parts must say the same as they do.

interface Parts {
  width: typeof realWidth;
  segmenter: { segment(text: string): Iterable<{ segment: string; index: number }> };
  crypto: typeof import('node:crypto');
  execFile: typeof import('node:child_process').execFile;
  readFile: typeof import('node:fs/promises').readFile;
  promisify: typeof import('node:util').promisify;
  now(): number;
}
let folder: string;
let parts: Parts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-lean-'));
  await build({
    stdin: {
      contents: `
        export { default as width } from 'string-width';
        export { default as segmenter } from 'segmenter';
        export * as crypto from 'node:crypto';
        export { execFile } from 'node:child_process';
        export { readFile } from 'node:fs/promises';
        export { promisify } from 'node:util';
        export const now = () => performance.now();`,
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    outfile: join(folder, 'parts.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    plugins: leanStart,
    logLevel: 'silent',
  });
  parts = await import(pathToFileURL(join(folder, 'parts.mjs')).href);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const styled = fc.constantFrom('\u001B[1m', '\u001B[38;5;12m', '\u001B[0m', '\u001B[2K', '\u001B');
const drawn = fc.constantFrom(...'aZ 09~·×–—‘’“”…‹›←↑→↓⏎─│┌└├┬▀▁▂▇█▟▲▶▸▼●○✓✗');
const other = fc.constantFrom(
  'é',
  'e\u0301',
  '日',
  '👍',
  '👨‍👩‍👧',
  '1\uFE0F\u20E3',
  '\u200D',
  '\uFE0F',
  '\u0000',
  '\t',
  '©',
);
const text = fc.oneof(
  fc.string({ unit: drawn }),
  fc.string({ unit: fc.oneof(drawn, styled) }),
  fc.string({ unit: fc.oneof(drawn, styled, other) }),
  fc.string({ unit: 'binary' }),
);

test('a text is as wide as string-width says, whatever is in it', () => {
  const options = fc.constantFrom(
    undefined,
    { countAnsiEscapeCodes: true },
    { ambiguousIsNarrow: false },
  );
  fc.assert(
    fc.property(text, options, (given, how) => {
      expect(parts.width(given, how)).toBe(realWidth(given, how));
    }),
    { numRuns: 3000 },
  );
});

test('a text falls into the segments that Unicode says', () => {
  const real = new Intl.Segmenter();
  const list = (segments: Iterable<{ segment: string; index: number }>) =>
    Array.from(segments, ({ segment, index }) => [index, segment]);
  fc.assert(
    fc.property(text, (given) => {
      expect(list(parts.segmenter.segment(given))).toEqual(list(real.segment(given)));
    }),
    { numRuns: 3000 },
  );
});

test('what Node loads late is the same when it is used', async () => {
  const { createHash, generateKeyPair, KeyObject, X509Certificate } = parts.crypto;
  expect(createHash('sha256').update('a').digest('hex')).toMatch(/^ca978112/);
  const { privateKey } = await parts.promisify(generateKeyPair)('ed25519');
  expect(privateKey instanceof KeyObject).toBe(true);
  expect(privateKey instanceof X509Certificate).toBe(false);
  expect(() => new X509Certificate('nothing')).toThrow();
  // Made to a promise by Node's own way, which gives both outputs.
  const script = 'process.stdout.write("out"); process.stderr.write("err")';
  const both = await parts.promisify(parts.execFile)(process.execPath, ['-e', script]);
  expect(both).toEqual({ stdout: 'out', stderr: 'err' });
  expect(await parts.readFile(fileURLToPath(import.meta.url), 'utf8')).toContain('lean-start');
  const before = parts.now();
  await new Promise((done) => setTimeout(done, 20));
  const passed = parts.now() - before;
  expect(passed > 15 && passed < 10_000).toBe(true);
});

test('what is loaded late is not loaded before', async () => {
  const built = JSON.stringify(pathToFileURL(join(folder, 'parts.mjs')).href);
  const script = `import(${built}).then(({ now }) => now() && console.log(JSON.stringify(process.moduleLoadList)))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  const list: string[] = JSON.parse(stdout);
  const loaded = list.map((name) => name.replace('NativeModule ', ''));
  expect(loaded).toContain('util');
  for (const late of ['tls', 'child_process', 'perf_hooks', 'internal/util/diff'])
    expect(loaded).not.toContain(late);
});
