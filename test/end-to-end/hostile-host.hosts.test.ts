import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../hosts/host.ts';
import type { ProgramResult } from '../hosts/program.ts';
import { Terminal } from '../terminal/terminal.ts';
import { type Home, launcher, newHome, reaching } from './lockstep.ts';
import { limit, onHosts } from './on-hosts.ts';

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
    const line = `user ${'x'.repeat(200)}\n`;
    await host.writeFile('/etc/mosquitto/conf.d/big.conf', `# ${line.repeat(4000)}`);
    for (const [name, script] of Object.entries(programs))
      await host.writeFile(`/usr/local/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
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

  test.each([['status'], ['audit'], ['audit', '--json'], ['run', '--json'], ['undo']])(
    'cannot reach the terminal, fill the memory or keep us: %s %s',
    async (...words) => {
      const started = performance.now();
      const result = await home.run(...words, ...how);
      console.log(
        words,
        (performance.now() - started) / 1000,
        result.code,
        result.stdout.slice(0, 1500),
        result.stderr.slice(0, 1500),
        await readFile(memory, 'utf8'),
      );
      await harmless(result);
      expect(result.code).not.toBeNull();
      expect((performance.now() - started) / 1000).toBeLessThan(100);
    },
  );

  test('cannot reach the terminal of the guided session', async () => {
    const screen = new Terminal(process.execPath, [launcher, ...how], {
      env: home.environment,
      limit: 60_000,
    });
    try {
      await screen.seen('step 1 of 7');
      await screen.quiet(1000);
      console.log(screen.screen());
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
    expect(screen.output()).not.toMatch(/\u001B\[2J\u009B|\]0;/);
  });
});
