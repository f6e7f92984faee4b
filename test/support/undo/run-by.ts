import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RunOptions, RunResult } from '../../../src/host/api/host.ts';
import type { Folder } from './folder.ts';

/**
 * A broker whose scripts are started in another way: `command` makes of a script and its words (`lockstep`, STATE and so
 * on) the program and its arguments.
 */
export function runBy(
  { broker, inside }: Folder,
  command: (script: string, words: string[]) => string[] | Promise<string[]>,
): Folder['broker'] {
  const run = async (argv: string[], options: RunOptions): Promise<RunResult> => {
    // Behind `sh -c detachedScript lockstep LIMIT`.
    const [script = '', ...words] = argv.slice(5);
    const [program = '', ...rest] = inside(await command(script, words));
    const child = spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const [code, signal] = await once(child, 'close');
    return { ...output, code, signal, truncated: false };
  };
  return { ...broker, host: { ...broker.host, name: broker.host.name, run } } as Folder['broker'];
}
