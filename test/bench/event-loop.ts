import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, launcher, newHome } from '../support/program/lockstep.ts';
import { enterThrough } from '../support/terminal/steps-by-keys.ts';
import { Terminal } from '../support/terminal/terminal.ts';
import type { Row } from './row.ts';

const watch = (file: string) => {
  const url = new URL('loop.mjs', import.meta.url);
  url.searchParams.set('to', file);
  return ['--import', url.href];
};

/**
 * The longest, of all runs, that the event loop stood still in a guided run on the practice broker, by Enter alone
 * from the first screen to the end; beside it a program that does nothing, for as long: what the
 * machine itself takes away.
 */
export async function eventLoop(runs: number): Promise<Row[]> {
  const ours: number[] = [];
  const idle: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using home = await newHome();
    const file = (name: string) => join(home.folder, `${name}.json`);
    const rest = 'process.stdin.resume().on("end", () => process.exit())';
    const nothing = spawn(process.execPath, [...watch(file('idle')), '-e', rest], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const exit = once(nothing, 'exit');
    await guidedRun(home, file('ours'));
    nothing.stdin.end();
    await exit;
    ours.push(await longest(file('ours')));
    idle.push(await longest(file('idle')));
  }
  return [
    {
      what: 'event loop held up, guided run',
      ours: Math.max(...ours),
      peer: { what: 'an idle program', value: Math.max(...idle) },
      unit: 'ms',
      bound: { of: 'value', atMost: 100 },
      runs,
    },
  ];
}

async function guidedRun(home: Home, file: string): Promise<void> {
  const terminal = new Terminal(process.execPath, [...watch(file), launcher], {
    env: home.environment,
    limit: 30_000,
  });
  try {
    await terminal.seen('Which broker?');
    await enterThrough(terminal, 'Secured.');
    terminal.press('q');
    await terminal.exit();
  } finally {
    await terminal.close();
  }
}

async function longest(file: string): Promise<number> {
  const seen = JSON.parse(await readFile(file, 'utf8')) as { longest: number; at: number };
  return seen.longest;
}
