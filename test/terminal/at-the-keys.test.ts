import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Home, launcher, newHome } from '../support/program/lockstep.ts';
import { enterThrough } from '../support/terminal/steps-by-keys.ts';
import { Terminal } from '../support/terminal/terminal.ts';

// Set-ups of the practice broker by somebody who is too quick, or whose terminal is too small.
vi.setConfig({ testTimeout: 120_000 });

let home: Home;
let terminal: Terminal;
beforeEach(async () => {
  home = await newHome();
  const { environment: env } = home;
  terminal = new Terminal(process.execPath, [launcher], { env, limit: 30_000 });
  await terminal.seen('Which broker?');
});
afterEach(async () => {
  await terminal.close();
  await home.remove();
});

const access = () => readFile(join(home.site, 'practice/etc/mosquitto/conf.d/access.conf'), 'utf8');
/** The text of a plan, between its title and what can be chosen. */
const body = (screen: string): string[] => {
  const rows = screen.split('\n');
  const choices = rows.findIndex((row) => row.startsWith(' › '));
  return rows.slice(4, choices - 1).map((row) => row.slice(1));
};

/** Reads a plan from its first line to its last, page by page, as it stands on the screen. */
async function read(): Promise<string> {
  const rows: string[] = [];
  for (;;) {
    const screen = await terminal.seen(/› (Read on|Make)/);
    const page = body(screen);
    // Pages overlap by a line; the last one by as many as it needs.
    const from = Number(/ (\d+)-\d+ of \d+ PgUp/.exec(screen)?.[1] ?? 1) - 1;
    rows.splice(from, rows.length, ...page);
    if (screen.includes('› Make')) return rows.join('\n');
    terminal.press('space');
    await terminal.until((now) => now !== screen, 'the next page');
  }
}

test('a double Enter, and any number of them, agrees to no plan for the broker', async () => {
  await enterThrough(terminal, '› Show what will change');
  const before = await access();
  terminal.type('\r\r\r');
  await terminal.seen('Harden  not changed yet');
  for (let time = 0; time < 25; time++) {
    terminal.press('enter');
    await terminal.quiet(40);
    expect(terminal.screen()).toContain('Harden  not changed yet');
  }
  // Page by page as quickly as they come, and some more at the end.
  await enterThrough(terminal, /(\d+) of \1 PgUp/);
  terminal.type('\r\r\r');
  await terminal.seen('› Make these changes and restart the broker');
  expect(await access()).toBe(before);
  terminal.press('enter');
  await terminal.seen('Harden  done and proved');
  expect(await access()).not.toBe(before);
});

test('all of a plan can be read: every line of what is written afterwards stood there, whole', async () => {
  await enterThrough(terminal, /Harden {2}not changed yet/);
  terminal.press('home');
  const shown = (await read())
    .replace(/\s*\n {2}… /g, '')
    .split('\n')
    .map((row) => row.slice(4).replace(/\s/g, ''));
  terminal.press('enter');
  await terminal.seen('Harden  done and proved');
  for (const line of (await access()).trimEnd().split('\n'))
    expect(shown).toContain(line.replace(/\s/g, ''));
});

test('with another terminal size in between a passphrase is what was typed, and never none', async () => {
  await enterThrough(terminal, '› Make the authority');
  terminal.press('down', 'enter');
  await terminal.seen('Common Name');
  for (let row = 0; row < 9; row++) terminal.press('down');
  await terminal.until((screen) => /Passphrase.*none/.test(screen), 'the passphrase question');
  terminal.press('right', 'down', 'down', 'enter');
  await terminal.seen('› Make the authority');
  await enterThrough(terminal, '› Make these changes');
  terminal.press('enter');
  await terminal.seen("Passphrase of the authority's key");
  terminal.press('enter');
  await terminal.seen('It cannot be empty');
  terminal.type('horse ');
  await terminal.seen(/Type it +\*{6}$/m);
  terminal.resize(50, 12);
  await terminal.seen('needs at least 60x18');
  terminal.type('\rq\r');
  terminal.resize(80, 24);
  await terminal.seen(/Type it +\*{6}$/m);
  terminal.type('battery\rhorse');
  await terminal.seen(/Once more +\*{5}$/m);
  terminal.resize(50, 12);
  await terminal.seen('needs at least 60x18');
  terminal.resize(80, 24);
  await terminal.seen(/Type it +\*{13}$/m);
  terminal.type(' battery\r');
  await terminal.seen('Authority  done and proved');
  expect(await readFile(join(home.site, 'authority/root_ca.key'), 'utf8')).toContain('ENCRYPTED');
});

test('one Enter too many at the end leaves nothing; and the closed door is what step 2 shows', async () => {
  await enterThrough(terminal, '› Make these changes and restart the broker');
  terminal.press('enter');
  await terminal.seen('› Go on to Verify');
  // Typed ahead, all of it before anything could be seen.
  terminal.type('\r'.repeat(12));
  await terminal.seen('Secured.');
  await terminal.seen('› Try it all once more');
  for (let time = 0; time < 8; time++) {
    terminal.press('enter');
    await terminal.quiet(30);
  }
  await terminal.seen('› Try it all once more');
  expect(terminal.cursor().alternate).toBe(true);

  for (const step of [6, 5, 4, 3, 2]) {
    terminal.press('b');
    await terminal.seen(`step ${step} of 7`);
  }
  const screen = await terminal.seen('› Go on to Authority');
  expect(screen).toContain('Anonymous clients do not get in');
  expect(screen).toContain('The broker says this client is not authorised.');
  expect(screen).not.toMatch(/done and proved|accepted|may now read and write/);
});
