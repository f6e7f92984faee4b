import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Terminal } from '../support/terminal/terminal.ts';

test('drives a real program: sees, types, resizes, and learns how it ended', async () => {
  const script = 'stty size; read answer; echo "got $answer"; stty size; exit 7';
  const terminal = new Terminal('sh', ['-c', script], { columns: 40, rows: 10 });
  await terminal.seen('10 40');
  terminal.resize(50, 12);
  terminal.type('hello');
  terminal.press('enter');
  await terminal.seen('got hello');
  await terminal.seen('12 50');
  expect(await terminal.exit()).toEqual({ code: 7, signal: 0 });
  expect(terminal.bytes()).toBeGreaterThan(10);
  await terminal.close();
});

test('says what was on the screen when the wait is over', async () => {
  const terminal = new Terminal('sh', ['-c', 'echo something else; read answer']);
  await terminal.seen('something else');
  await expect(terminal.seen('never', 50)).rejects.toThrow(/never[\s\S]*something else/);
  await terminal.close();
});

test('records what happened for asciinema', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'terminal-'));
  const terminal = new Terminal('sh', ['-c', 'echo recorded']);
  await terminal.exit();
  await terminal.record(join(folder, 'run.cast'));
  const [head, event] = (await readFile(join(folder, 'run.cast'), 'utf8')).split('\n');
  expect(JSON.parse(head ?? '')).toMatchObject({ version: 2, width: 80, height: 24 });
  expect(JSON.parse(event ?? '')[2]).toContain('recorded');
  await terminal.close();
  await rm(folder, { recursive: true });
});
