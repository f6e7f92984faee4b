import { chosenAnswers } from '../src/commands/chosen-answers.ts';
import type { Options } from '../src/commands/options.ts';
import type { Step } from '../src/steps/step.ts';
import { guidedAsks } from '../state/guided-asks.ts';
import { openSite, type Surroundings } from '../state/open.ts';
import { guidedSession } from '../state/session.ts';
import type { KeyboardStream } from './input.ts';
import { lastWords } from './last-words.ts';
import type { TerminalStream } from './output.ts';
import { runPlain } from './plain.ts';
import { runGuided } from './run.tsx';

export interface GuidedParts {
  options: Options;
  around: Surroundings;
  steps: readonly Step[];
  stdin: KeyboardStream;
  stdout: TerminalStream;
  stderr: NodeJS.WritableStream;
  /** Calls when the program is told to end, by a hang-up for instance. */
  onSignal(listener: (signal: NodeJS.Signals) => void): void;
  print(line: string): void;
}

/** A guided session from the first screen to the last words. Resolves to the exit code. */
export async function guided(parts: GuidedParts): Promise<number> {
  const { options, around, steps, print } = parts;
  const { store } = around;
  const answers = await chosenAnswers(options, store);
  const named = options.broker !== undefined || options.answers !== undefined;
  const session = guidedSession({
    steps,
    answers,
    openAtOnce: named || store.current() !== null,
    sites: () => store.sites(),
    open: (wanted, hooks) =>
      openSite(wanted, around, {
        asks: guidedAsks(hooks.ask),
        doing: hooks.doing,
        signal: hooks.signal,
        ...(options.acceptHostKey ? { acceptHostKey: options.acceptHostKey } : {}),
        ...(options.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
      }),
  });
  const plain = options.plain === true || around.environment.TERM === 'dumb';
  const stopped = new Promise<number>((resolve) => {
    parts.onSignal((signal) =>
      resolve(signal === 'SIGHUP' ? 129 : signal === 'SIGTERM' ? 143 : 130),
    );
  });
  const screen = { session, environment: around.environment, ...streams(parts) };
  const ended = (plain ? runPlain(screen) : runGuided(screen)).then((end) => ({
    code: end.how === 'interrupted' ? 130 : 0,
    commands: end.commands,
  }));
  const { code, commands } = await Promise.race([
    ended,
    stopped.then((code) => ({ code, commands: [] as string[] })),
  ]);
  const state = session.state();
  await session.close();
  if (code !== 129) for (const line of [...lastWords(state), ...commands]) print(line);
  return code;
}

const streams = ({ stdin, stdout, stderr }: GuidedParts) => ({ stdin, stdout, stderr });
