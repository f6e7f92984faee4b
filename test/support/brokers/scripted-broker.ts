import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFree } from '../../../src/practice/ports.ts';

/** The real programs the tests use, or null; with LOCKSTEP_TEST_ALL=1 a missing one is a failure. */
export function program(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(folder || '.', name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  if (process.env.LOCKSTEP_TEST_ALL === '1') throw new Error(`${name} is missing on this machine`);
  return null;
}

const given = new Set<number>();

/**
 * A loopback port that is free now, never the same twice. Below the range from which the kernel
 * gives ports to outgoing connections, and not from that of a test file that runs at the same time.
 */
export async function freePort(): Promise<number> {
  const range = 20_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 12) * 1000;
  for (;;) {
    const port = range + randomInt(1000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lockstep-test-'));
}

/** A real mosquitto with a configuration of its own; resolves when it says that it runs. */
export async function startMosquitto(
  path: string,
  folder: string,
  lines: string[],
): Promise<{ stop(): Promise<void> }> {
  const config = join(folder, 'mosquitto.conf');
  // Started by root it would become `mosquitto` and not reach the test's folder.
  writeFileSync(config, ['user root', ...lines, 'log_dest stderr', ''].join('\n'));
  const child = spawn(path, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let words = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
      if (/mosquitto version \S+ running/.test(words)) resolve();
    });
    exited.then(() => reject(new Error(words)));
  });
  return {
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

/** Waits for something to become true, looking again after each event loop turn, with a limit. */
export async function until(what: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
