import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Heard, Round } from './call.ts';

/** Knocks from one side, one round after the other. */
export interface Knocker {
  ask(round: Round): Promise<Heard>;
  close(): void;
}

const script = fileURLToPath(new URL('./knock.ts', import.meta.url));
const limitSeconds = 60;

/** Starts `knock.ts` behind these words, in the network that it is to knock from. */
export function startKnocker(inside: readonly string[]): Knocker {
  const [file = '', ...rest] = [...inside, process.execPath, script];
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  child.stdin.on('error', () => {}); // that it has ended is told by what it does not answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(round) {
      child.stdin.write(`${JSON.stringify(round)}\n`);
      const late = new AbortController();
      const line = await Promise.race([
        lines.next(),
        after(limitSeconds * 1000, null, { signal: late.signal }),
      ]).finally(() => late.abort());
      if (line === null || line.done)
        throw new Error(`the knocker ${line ? 'has ended' : 'does not answer'}: ${said}`);
      return JSON.parse(line.value) as Heard;
    },
    close: () => child.kill('SIGKILL'),
  };
}
