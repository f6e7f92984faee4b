import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import type { ProgramResult } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// The broker's machine is somebody else's by now. Its own programs, real ones on a real host, say
// what a terminal would act on, and do not stop saying it.
const nasty = '\\033]0;PWNED\\007\\033[2J\\302\\233\\061m\\342\\200\\256gnp\\033P1$r\\033\\\\';
const programs: Record<string, string> = {
  hostname: `[ "$1" = -I ] && { yes 10.1.2.3 | head -n 500; yes fd00::1 | head -c 10000; exit; }
    printf '${nasty}'; yes rock-4se | head -c 300000`,
  ss: `yes "LISTEN 0 100 $(printf '${nasty}'):1883 0.0.0.0:* users:((\\"mosquitto\\",pid=1,fd=5))" | head -n 3000`,
  timedatectl: `printf '${nasty}\\n%.0s' 1 2 3 4 5`,
  journalctl: `yes "$(printf '${nasty}Error: ')" | head -c 5000000`,
  df: `printf '${nasty}\\n'; yes 1 | head -c 1000000`,
  mosquitto: `printf 'mosquitto version 2.0.11 ${nasty}\\n'
    [ "$1" = -h ] || { yes "$(printf '${nasty}Error: ')" | head -c 5000000; exit 3; }`,
};

/** What a terminal acts on; none of it is ours where no screen is drawn. */
const dangerous = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u;

onHosts('a broker’s machine that is not to be trusted', limit, () => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  let memory: string;
  beforeAll(async () => {
    host = await bootHost({ suite: 'bookworm', variant: 'nopasswd' });
    home = await newHome();
    how = await reaching(host, home);
    memory = join(home.folder, 'memory');
    // Every program of ours writes down, when it ends, the most memory it had (KiB).
    const tell = `import { appendFileSync } from 'node:fs';
      process.on('exit', () => appendFileSync(${JSON.stringify(memory)}, process.resourceUsage().maxRSS + '\\n'));`;
    await writeFile(join(home.folder, 'tell.mjs'), tell);
    home.environment.NODE_OPTIONS = `--import=${join(home.folder, 'tell.mjs')}`;
    // Bytes, as printf(1) writes them: of a file's name, and of what is in it.
    const plant = `cd /etc/mosquitto/conf.d; name=$(printf 'z${nasty}\\n\\tF'); name=$(echo "$name" | tr / -)
      printf '# ${nasty}\\n%.0s' $(seq 20000) >"$name.conf"; echo 'max_queued_messages 10' >>"$name.conf"
      ln -s / everything; mkdir "$(printf 'a\\tb\\nc')"`;
    await host.succeed(['bash', '-euc', plant]);
    // The broker goes on running; what would be started in its place is theirs.
    await host.succeed(['rm', '/usr/sbin/mosquitto']);
    for (const [name, script] of Object.entries(programs))
      await host.writeFile(
        `${name === 'mosquitto' ? '/usr/sbin' : '/usr/local/bin'}/${name}`,
        `#!/bin/sh\n${script}\n`,
        { mode: 0o755 },
      );
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  async function harmless(result: Pick<ProgramResult, 'stdout' | 'stderr'>): Promise<void> {
    const said = result.stdout + result.stderr;
    expect(said.replaceAll('\n', '')).not.toMatch(dangerous);
    expect(said.length).toBeLessThan(100_000);
    const most = Math.max(...(await readFile(memory, 'utf8')).trim().split('\n').map(Number));
    expect(most / 1024).toBeLessThan(400);
  }

  test.each([['status'], ['audit'], ['audit --json'], ['run'], ['run --json'], ['undo']])(
    'cannot reach the terminal or fill the memory: %s',
    async (words) => {
      const result = await home.run(...words.split(' '), ...how);
      await harmless(result);
      // It is read to its end, and what cannot be is told.
      expect(result.stderr).not.toMatch(/inside Lockstep|did not end within/);
      if (words.startsWith('run')) expect(result.stderr).toContain('tried beside the broker');
    },
  );

  test('cannot reach the terminal of the guided session', async () => {
    // What was undone is brought again, so that Harden comes as far as the trial.
    expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
    const screen = new Terminal(process.execPath, [launcher, ...how], {
      env: home.environment,
      limit: 60_000,
    });
    try {
      await enterThrough(screen, 'Make these changes and restart');
      screen.press('enter');
      await screen.seen(/tried\s+beside/);
      screen.press('q');
      await screen.exit();
    } finally {
      await screen.close();
    }
    // Ours are colours, the cursor and the alternate screen: CSI and nothing else.
    const ours = /\u001B\[[0-9;?]*[A-Za-z]/g;
    expect(
      screen
        .output()
        .replace(ours, '')
        .replace(/[\r\n\b]/g, ''),
    ).not.toMatch(dangerous);
  });

  test('cannot keep us by never coming to an end', async () => {
    await host.writeFile('/usr/local/bin/ss', "#!/bin/sh\nyes 'endless'\n", { mode: 0o755 });
    const endless = await home.run('status', ...how);
    await harmless(endless);
    expect(endless.stdout).toMatch(
      /Inspect +blocked +Looking \S.* did not end within 30 seconds\./,
    );
    expect(endless.code).toBe(1);
  });
});
