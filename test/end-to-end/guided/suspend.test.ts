import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import type { KeyName } from '../../support/terminal/keys.ts';
import { startInShell } from '../../support/terminal/shell.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

let home: Home;
let terminal: Terminal | undefined;
beforeEach(async () => {
  home = await newHome();
});
afterEach(async () => {
  await terminal?.close();
  await home.remove();
});

test.each<KeyName[][]>([[['ctrl-z']], [['ctrl-z', 'ctrl-z', 'ctrl-z']]])(
  '%j: the shell has its terminal back; fg goes on, in the size that the window has by then',
  async (...keys) => {
    terminal = await startInShell(home, [launcher]);
    await terminal.seen('Which broker?');
    terminal.press('down', ...keys.flat());
    await terminal.seen(/Lockstep waits.*Stopped.*\$\n/s);
    expect(terminal.cursor().alternate).toBe(false);
    terminal.type('stty -a | grep -o " icanon"\r');
    await terminal.seen(/^ icanon$/m);
    terminal.resize(100, 30);
    terminal.type('fg\r');
    await terminal.seen(/› A broker over SSH.*\n─{100}\n/s);
    expect(terminal.cursor().alternate).toBe(true);
    // The keys are its own again.
    terminal.press('down');
    await terminal.seen('› The broker on this machine');
    terminal.press('q');
    await terminal.seen(/Start again with: npx lockstep.*\$\n/s);
  },
);

test('where no shell waits it stays where it is', async () => {
  terminal = new Terminal(process.execPath, [launcher], { env: home.environment });
  await terminal.seen('Which broker?');
  terminal.press('ctrl-z', 'down');
  await terminal.quiet(300);
  terminal.press('down');
  await terminal.seen(/› (A broker over SSH|The broker on this machine)/);
  terminal.press('q');
  expect((await terminal.exit()).code).toBe(0);
});
