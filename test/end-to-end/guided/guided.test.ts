import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// Whole set-ups, each plan of which wants its second on the screen.
vi.setConfig({ testTimeout: 90_000 });

let home: Home;
const open: Terminal[] = [];

beforeEach(async () => {
  home = await newHome();
});
afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  await home.remove();
});

/** The real program in a terminal of its own. */
function start(words: string[] = [], env: Record<string, string> = {}, size = [80, 24]): Terminal {
  const terminal = new Terminal(process.execPath, [launcher, ...words], {
    columns: size[0],
    rows: size[1],
    env: { ...home.environment, ...env },
    limit: 20_000,
  });
  open.push(terminal);
  return terminal;
}

test("the README's first command begins, in an empty home", async () => {
  const terminal = new Terminal('npm', ['start'], {
    env: { PATH: home.environment.PATH ?? '', HOME: home.folder },
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    limit: 30_000,
  });
  open.push(terminal);
  await terminal.seen('Which broker?');
  expect(terminal.screen()).toMatch(/[›>] Practice broker/);
  terminal.press('q');
  expect((await terminal.exit()).code).toBe(0);
  expect(terminal.screen()).toMatch(
    /Nothing was changed. Start again with: (npx lockstep|npm start)/,
  );
});

describe('Enter alone', () => {
  test('leads from the first screen to a secured practice broker', async () => {
    const terminal = start();
    await terminal.seen('Which broker?');
    const seen = await enterThrough(terminal, 'Secured.');
    const all = seen.join('\n');
    for (const title of ['Inspect', 'Anonymous test', 'Authority', 'Certificates', 'Distribute'])
      expect(all).toMatch(new RegExp(`${title}  (done|to do)`));
    // Nothing is changed before it is shown.
    expect(all).toContain('If you agree');
    expect(all).toMatch(/test\/test {2}Test1/);
    expect(terminal.screen()).toMatch(/mTLS/);
    terminal.press('q');
    const { code } = await terminal.exit();
    expect(code).toBe(0);
    expect(terminal.cursor().alternate).toBe(false);
    expect(terminal.screen()).toContain('is secured');
    // Where everything is, and what can be typed as it stands there.
    const words = terminal.output().slice(terminal.output().lastIndexOf('\u001B[?1049l'));
    expect(words).toContain(`The authority: ${join(home.site, 'authority')}\r\n`);
    const files = join(home.site, 'clients', 'client01');
    expect(words).toContain(`Files of client01: ${files}\r\n`);
    expect(words).toContain(`  cd ${files}\r\n`);
    expect(words).toMatch(
      /^ {2}mosquitto_sub -h \S+ -p \d+ --cafile \S+ --cert \S+ --key \S+ .*\r\n/m,
    );
    expect(words).toContain('"npx lockstep undo"');
    expect(words).toContain('Check it at any time: npx lockstep status\r\n');

    const status = await home.run('status', '--json');
    expect(status.code).toBe(0);
    const { steps } = JSON.parse(status.stdout);
    expect(steps.map((step: { status: string }) => step.status)).toEqual(Array(7).fill('done'));
    expect(await readdir(join(home.site, 'clients', 'client01'))).toEqual([
      'client01.crt',
      'client01.key',
      'root_ca.crt',
    ]);
  });
});

describe('leaving and coming back', () => {
  test('opens at the step where it was left, the answers filled in', async () => {
    const first = start();
    await first.seen('Which broker?');
    await enterThrough(first, 'Make the authority');
    first.press('down', 'enter');
    await first.seen('Common Name');
    first.press('q');
    await first.seen(/Country Name.*q\n/);
    first.press('esc');
    await first.seen('Make the authority');
    first.press('q');
    expect((await first.exit()).code).toBe(0);
    expect(first.screen()).toContain('Go on where you left off');

    const second = start();
    await second.seen('step 3 of 7');
    await second.seen('Make the authority');
    expect(second.screen()).toContain('✓ 2 Anonymous test');
  });

  test.each([
    ['SIGHUP', 129],
    ['SIGTERM', 143],
    ['SIGKILL', 0],
  ])('%s in the middle of Harden: going on finishes the job', async (signal, code) => {
    const first = start();
    await first.seen('Which broker?');
    await enterThrough(first, 'Make these changes and restart the broker');
    first.press('enter');
    await first.seen(/Making the change|Proving|done and proved/);
    first.kill(signal);
    const exit = await first.exit();
    if (code) expect(exit.code).toBe(code);

    const second = start();
    await second.seen('step 6 of 7');
    await enterThrough(second, 'Secured.');
    second.press('q');
    expect((await second.exit()).code).toBe(0);
    // What the header had room for only in part.
    if (signal === 'SIGKILL')
      expect(second.output()).toMatch(/\r\nNote: An earlier session of .*\.\r\n/);
    expect(await home.run('verify')).toMatchObject({ code: 0 });
  });
});

test('after undo it goes on where something is to be done again', async () => {
  expect((await home.run('run', '--broker', 'practice', '--yes')).code).toBe(0);
  const secured = start(['--broker', 'practice']);
  await secured.seen('step 7 of 7');
  secured.press('q');
  await secured.exit();
  const { code, stdout } = await home.run('undo', '--broker', 'practice');
  expect(code).toBe(0);
  expect(stdout).toContain("The authority and the clients' files stay where they are.");
  const again = start(['--broker', 'practice']);
  await again.seen('step 5 of 7');
  again.press('q');
  await again.exit();
});

test('Ctrl-C leaves at once with 130, and the terminal as it was', async () => {
  const terminal = start();
  await terminal.seen('Which broker?');
  terminal.press('ctrl-c');
  expect((await terminal.exit()).code).toBe(130);
  expect(terminal.cursor().alternate).toBe(false);
  expect(terminal.output()).toContain('\u001B[?25h');
});

test('a passphrase is masked, and is in no file afterwards', async () => {
  const secret = 'horse battery staple';
  const terminal = start();
  await terminal.seen('Which broker?');
  await enterThrough(terminal, 'Make the authority');
  terminal.press('down', 'enter');
  await terminal.seen('Common Name');
  // The form: down to "Passphrase", then the other choice.
  for (let row = 0; row < 9; row++) terminal.press('down');
  await terminal.until((screen) => /Passphrase.*none/.test(screen), 'the passphrase question');
  terminal.press('right');
  await terminal.until((screen) => /Passphrase.*ask/.test(screen), 'the other choice');
  for (let row = 0; row < 2; row++) terminal.press('down');
  terminal.press('enter');
  await terminal.seen('› Make the authority');
  await enterThrough(terminal, 'Make these changes');
  terminal.press('enter');
  await terminal.seen("Passphrase of the authority's key");
  terminal.type(secret);
  await terminal.until((screen) => /Type it +\*+/.test(screen), 'stars');
  terminal.press('enter');
  terminal.type(secret);
  await terminal.until((screen) => /Once more +\*{20}/.test(screen), 'stars again');
  terminal.press('enter');
  await terminal.seen('done and proved');
  expect(terminal.output()).not.toContain(secret);
  expect(await readFile(join(home.site, 'authority', 'root_ca.key'), 'utf8')).toContain(
    'ENCRYPTED',
  );
  for (const file of await readdir(home.folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toContain(secret);
  }
  terminal.press('q');
  await terminal.exit();
});

test('a passphrase that is in a file is used, and not asked', async () => {
  const file = join(home.folder, 'passphrase');
  await writeFile(file, 'horse battery staple\n', { mode: 0o600 });
  const terminal = start(['--broker', 'practice', '--passphrase-file', file]);
  const seen = await enterThrough(terminal, 'step 4 of 7');
  expect(seen.join('\n')).not.toContain('Type it');
  expect(await readFile(join(home.site, 'authority', 'root_ca.key'), 'utf8')).toContain(
    'ENCRYPTED',
  );
});

test('a secret file that is not there is told before anything is on the screen', async () => {
  const terminal = start(['--sudo-password-file', '/no/such/file']);
  expect((await terminal.exit()).code).toBe(2);
  expect(terminal.output()).toContain('The file /no/such/file with a secret cannot be read.');
  expect(terminal.output()).not.toContain('\u001B[?1049h');
});

describe('terminals', () => {
  test('too small says what is needed, and recovers', async () => {
    const terminal = start([], {}, [50, 12]);
    await terminal.seen('60x18');
    terminal.resize(80, 24);
    await terminal.seen('Which broker?');
  });

  test.each(['vt100', 'linux', 'xterm-256color'])('TERM=%s works at 80x24', async (TERM) => {
    const terminal = start([], { TERM });
    await terminal.seen('Which broker?');
    terminal.press('enter');
    await terminal.seen('step 1 of 7');
    if (TERM === 'linux') expect(terminal.screen()).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test.each([
    ['TERM', 'dumb'],
    ['INK_SCREEN_READER', 'true'],
    ['ACCESSIBLE', '1'],
  ])('%s=%s gets lines, no cursor codes', async (name, value) => {
    const terminal = start([], { [name]: value });
    await terminal.seen('Which broker?');
    expect(terminal.output()).not.toContain('\u001B[');
    terminal.type('1\r');
    await terminal.seen('Go on to Anonymous test');
    terminal.press('ctrl-c');
    expect((await terminal.exit()).code).toBe(130);
  });

  test('ACCESSIBLE=0 is none', async () => {
    const terminal = start([], { ACCESSIBLE: '0', INK_SCREEN_READER: '' });
    await terminal.seen('Which broker?');
    expect(terminal.cursor().alternate).toBe(true);
  });

  test('NO_COLOR and CI in the environment: no colours, and a screen all the same', async () => {
    const terminal = start([], { NO_COLOR: '1', CI: 'true' });
    await terminal.seen('Which broker?');
    expect(terminal.output()).not.toMatch(/\u001B\[(3\d|4\d|9\d|38|48)[;m]/);
  });
});

test('without a terminal it says so and ends with 2', async () => {
  const { code, stderr, stdout } = await home.run();
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('no terminal');
  expect(existsSync(home.site)).toBe(false);
});
