import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// A set-up whose plans each want their second.
vi.setConfig({ testTimeout: 60_000 });

let home: Home;
let terminal: Terminal;
beforeEach(async () => {
  home = await newHome();
  const words = [launcher, '--broker', 'practice', '--plain'];
  terminal = new Terminal(process.execPath, words, { env: home.environment, limit: 20_000 });
});
afterEach(async () => {
  await terminal.close();
  await home.remove();
});

const prompts = () => terminal.output().split('What now?').length - 1;

/** Types this at the prompt that is there, and waits for the next one. */
async function type(text: string): Promise<void> {
  const before = prompts();
  terminal.type(text);
  await terminal.until(() => prompts() > before, 'another prompt');
}

test('in lines, a plan is agreed to by its number alone, typed when it has been there to read', async () => {
  await terminal.until(() => prompts() > 0, 'the first prompt');
  await type('\r');
  await terminal.seen('Step 2 of 7');
  await type('\r');
  await type('\r');
  await terminal.seen('Make the authority');
  // A double Enter, a number typed ahead, and half a line: all before the prompt.
  await type('\r\r1\r1');
  await terminal.seen(/c commands, q leave: *$/m);
  await type('\r');
  await terminal.seen('Enter alone agrees to nothing.');
  const key = join(home.site, 'authority', 'root_ca.key');
  expect(existsSync(key)).toBe(false);
  await type('1\r');
  await terminal.seen('Go on to Certificates');
  expect(existsSync(key)).toBe(true);
  terminal.type('q\r');
  expect((await terminal.exit()).code).toBe(0);
});
