import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let home: Home;
beforeEach(async () => {
  home = await newHome();
});
afterEach(() => home.remove());

const watched = () => {
  const hook = new URL('../../bench/loaded.mjs', import.meta.url);
  hook.searchParams.set('to', join(home.folder, 'loaded'));
  return ['--import', hook.href, launcher];
};

/** The packages whose code was in the chunks that the program has loaded. */
async function packages(): Promise<Set<string>> {
  const loaded = (await readFile(join(home.folder, 'loaded'), 'utf8')).split('\n');
  const text = await readFile(join(root, 'dist', 'build.json'), 'utf8');
  const chunks = JSON.parse(text) as Record<string, { inputs: Record<string, unknown> }>;
  const files = loaded.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  const inputs = Object.entries(chunks)
    .filter(([chunk]) => files.includes(join(root, chunk)))
    .flatMap(([, { inputs }]) => Object.keys(inputs));
  return new Set(
    inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
}

const screen = ['ink', 'react', 'react-reconciler', 'yoga-layout'];
const brought = async () => [...(await packages())].filter((name) => screen.includes(name)).sort();

test.each(['status --json', 'run --dry-run', 'verify', 'answers', '--version'])(
  'lockstep %s loads nothing of the screen',
  async (words) => {
    const argv = [process.execPath, ...watched(), ...words.split(' ')];
    await program(argv, { env: home.environment });
    expect(await brought()).toEqual([]);
    expect(await packages()).toContain('commander');
  },
);

test('a trace that cannot be written is told before anything is done', async () => {
  home.environment.LOCKSTEP_TRACE = join(home.folder, 'none', 'trace');
  const { code, stdout, stderr } = await home.run('status', '--broker', 'practice');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^The file .*trace for the trace cannot be written\.\nLikely: .*\nNext: /);
});

test('the guided session does, and waits for neither SSH nor MQTT', async () => {
  const terminal = new Terminal(process.execPath, watched(), { env: home.environment });
  try {
    await terminal.seen('Which broker?');
    terminal.press('q');
    await terminal.exit();
  } finally {
    await terminal.close();
  }
  expect(await brought()).toEqual(screen.toSorted());
  for (const later of ['ssh2', 'mqtt', 'aedes', 'node-forge', 'conf', 'yaml', 'diff'])
    expect(await packages()).not.toContain(later);
});
