import type { Home } from '../program/lockstep.ts';
import { Terminal } from './terminal.ts';

/** Node with these words, typed at the prompt of a shell with job control, as somebody would start it. */
export async function startInShell(
  home: Home,
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Terminal> {
  const env = { ...home.environment, ...environment, PS1: '$ ', HISTFILE: '' };
  const terminal = new Terminal('bash', ['--norc', '--noprofile', '-i'], { env, limit: 60_000 });
  await terminal.seen(/^\$$/m);
  const line = [process.execPath, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  terminal.type(`${line.join(' ')}\r`);
  return terminal;
}
