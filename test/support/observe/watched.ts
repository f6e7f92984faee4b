import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestHost } from '../hosts/host.ts';
import { ended, until } from '../hosts/program.ts';

/** What a second process saw meanwhile. */
export interface Watched {
  /** Private keys that somebody besides their owner could have read: mode and path. */
  exposed: string[];
  /** How often it looked at every file, and at how many keys in all. */
  files: { rounds: number; keys: number };
  /** Arguments and environment of every process here and on the host, each once. */
  processes: string;
}

/** Watches files below `folders` here, all of the host where keys might be, and all processes. */
export async function watched(
  host: TestHost,
  folders: readonly string[],
  act: () => Promise<void>,
): Promise<Watched> {
  const notes = await mkdtemp(join(tmpdir(), 'lockstep-watch-'));
  // The host's files as its own processes see them, its /tmp and /run included.
  const there = ['etc/mosquitto', 'tmp', 'var/tmp', 'home', 'root', 'run', 'var/lib'];
  const onHost = there.map((path) => `/proc/${host.leader()}/root/${path}`);
  try {
    const file = join(notes, 'processes');
    const keys = await watcher('key-watch.ts', [...folders, ...onHost]);
    const processes = await watcher('process-watch.ts', [file]);
    try {
      await act();
    } finally {
      await Promise.all([keys.stop(), processes.stop()]);
    }
    const lines = keys.said().trim().split('\n').slice(1);
    return {
      exposed: lines.slice(0, -1),
      files: JSON.parse(lines.at(-1) ?? '{}'),
      processes: await readFile(file, 'latin1'),
    };
  } finally {
    await rm(notes, { recursive: true });
  }
}

async function watcher(name: string, args: readonly string[]) {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  await until('the watcher', 10, () => text.includes('watching'));
  return {
    said: () => text,
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
      await until('its last words', 10, () => text.includes('rounds'));
    },
  };
}
