import { spawn } from '@lydell/node-pty';
import { launcher, newHome } from '../support/program/lockstep.ts';
import { inTurns, type Row } from './row.ts';

/**
 * How long until the guided session shows something to read, in a terminal of 80x24: with nothing
 * remembered the welcome screen, else the session that is gone on with.
 */
export async function firstFrames(runs: number): Promise<Row[]> {
  await using fresh = await newHome();
  await using resumed = await newHome();
  await resumed.run('run', '--through', 'certificates');
  const nothing = () => inTerminal(['-e', '0'], fresh.environment);
  const frame = (home: typeof fresh, text: string) => () =>
    inTerminal([launcher], home.environment, text);
  const peer = 'node -e 0';
  const row = async (what: string, home: typeof fresh, text: string): Promise<Row> => {
    const seen = await inTurns(runs, frame(home, text), nothing);
    return {
      what,
      ours: seen.ours,
      peer: { what: peer, value: seen.peer },
      unit: 'ms',
      bound: { of: 'ratio', atMost: 4 },
      runs,
    };
  };
  return [
    await row('first frame, new', fresh, 'Which broker?'),
    await row('first frame, resumed', resumed, 'Practice broker'),
  ];
}

/** Milliseconds until the program has written this text, or without one until it has ended. */
function inTerminal(
  args: string[],
  env: Record<string, string>,
  text: string | null = null,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const terminal = spawn(process.execPath, args, {
      name: 'xterm-256color',
      cols: 80,
      rows: 24,
      env: { ...env, TERM: 'xterm-256color' },
    });
    let output = '';
    let seen: number | null = null;
    terminal.onData((data) => {
      output += data;
      if (text === null || seen !== null || !output.includes(text)) return;
      seen = performance.now() - began;
      terminal.kill('SIGTERM');
    });
    terminal.onExit(() => {
      const took = text === null ? performance.now() - began : seen;
      if (took === null) reject(new Error(`never showed "${text}":\n${output}`));
      else resolve(took);
    });
  });
}
