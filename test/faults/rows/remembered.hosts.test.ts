import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { launcher } from '../../support/program/lockstep.ts';
import { startInShell } from '../../support/terminal/shell.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';
import { expectOldOrNew, fault, leftAlone, resultOf, type Stage } from '../stage/stage.ts';

/** The file in which this home remembers its broker, after a set-up that came to its certificates. */
async function remembered({ home, lockstep }: Stage): Promise<string> {
  expect((await lockstep('run', '--through', 'distribute')).code).toBe(0);
  const folder = join(home.site, 'state/sites');
  const [name] = (await readdir(folder)).filter((one) => one.endsWith('.json'));
  return join(folder, name ?? '');
}

fault('20-truncated', async (stage) => {
  const file = await remembered(stage);
  await truncate(file, 40);
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('secured');
  return 'set aside, secured';
});

fault('20-newer', async (stage) => {
  const file = await remembered(stage);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"schema":\s*1/, '"schema": 99'));
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run)).toBe('failed');
  expect(run.stderr).toMatch(/newer/);
  expect(await readFile(file, 'utf8')).toContain('99');
  await writeFile(file, text);
  return 'refused, kept';
});

fault('20-other-machine', async (stage) => {
  const file = await remembered(stage);
  const text = await readFile(file, 'utf8');
  const moved = text.replaceAll(stage.host.ssh.keyFile, '/nowhere/id_ed25519');
  await writeFile(file, moved.replace(/"step":\s*"\w+"/, '"step": "verify"'));
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('secured');
  return 'secured';
});

/** The guided session in a terminal of its own. */
function session({ home, how }: Stage, environment: Record<string, string> = {}): Terminal {
  const env = { ...home.environment, ...environment };
  return new Terminal(process.execPath, [launcher, ...how], { env, limit: 60_000 });
}

/** A session at the moment when Harden is agreed to; then something happens to its terminal. */
async function atHarden(
  terminal: Terminal,
  act: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  try {
    await terminal.seen('step 1 of 7');
    await enterThrough(terminal, 'Make these changes and restart');
    terminal.press('enter');
    await act(terminal);
  } finally {
    await terminal.close();
  }
}

// The session itself would ask for sudo's password.
const asked = { host: { variant: 'nopasswd' } } as const;

fault(
  '21-resized',
  async (stage) => {
    const environment = { NO_COLOR: '1', LANG: 'C', LC_ALL: 'C' };
    await atHarden(session(stage, environment), async (terminal) => {
      for (const [columns, rows] of [
        [20, 5],
        [200, 60],
        [80, 24],
      ] as const) {
        terminal.resize(columns, rows);
        await terminal.quiet(50);
        for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(columns);
      }
      await enterThrough(terminal, 'Secured.');
      expect(terminal.output()).not.toMatch(/\u001B\[(3|4|9)\dm|\u001B\[[34]8;/);
      expect(terminal.screen()).toMatch(/^[ -~\n]*$/);
      terminal.press('q');
      expect((await terminal.exit()).code).toBe(0);
    });
    return 'secured';
  },
  asked,
);

fault(
  '21-stopped',
  async (stage) => {
    const shell = await startInShell(stage.home, [launcher, ...stage.how]);
    await atHarden(shell, async (terminal) => {
      await terminal.seen(/Making the change|Proving/);
      terminal.press('ctrl-z');
      await terminal.seen(/The broker does not wait.*Stopped/s);
      // What was begun goes on at the broker or is put back there.
      await leftAlone(stage.host);
      await expectOldOrNew(stage);
      terminal.type('fg\r');
      await terminal.until((screen) => /Secured|Verify|put back|try again|r again/.test(screen));
      terminal.press('q');
      await terminal.seen(/(Go on where|Check it at).*\$\s*$/s);
    });
    return 'old or new, resumed';
  },
  asked,
);

fault(
  '21-hung-up',
  async (stage) => {
    await atHarden(session(stage), async (terminal) => {
      terminal.kill('SIGHUP');
      await terminal.exit();
    });
    await leftAlone(stage.host);
    return `${await expectOldOrNew(stage)} service`;
  },
  asked,
);
