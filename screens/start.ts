import { setImmediate } from 'node:timers/promises';
import { chosenAnswers } from '../src/commands/chosen-answers.ts';
import type { Options } from '../src/commands/options.ts';
import type { Step } from '../src/steps/step.ts';
import { guidedAsks } from '../state/guided-asks.ts';
import type { Surroundings } from '../state/open.ts';
import { guidedSession } from '../state/session.ts';
import type { KeyboardStream } from './input.ts';
import { lastWords } from './last-words.ts';
import type { TerminalStream } from './output.ts';
import { runPlain } from './plain.ts';
import { runGuided } from './run.tsx';

export interface GuidedParts {
  options: Options;
  around: Surroundings;
  stdin: KeyboardStream;
  stdout: TerminalStream;
  stderr: NodeJS.WritableStream;
  /** Calls when the program is told to end, by a hang-up for instance. */
  onSignal(listener: (signal: NodeJS.Signals) => void): void;
  print(line: string): void;
}

/** A guided session from the first screen to the last words. Resolves to the exit code. */
export async function guided(parts: GuidedParts): Promise<number> {
  const { options, around, print } = parts;
  const { store } = around;
  const answers = await chosenAnswers(options, store);
  let { reset = false } = options;
  const named = options.broker !== undefined || options.answers !== undefined || reset;
  let steps: readonly Step[] = [];
  const session = guidedSession({
    get steps() {
      return steps;
    },
    answers,
    openAtOnce: named || store.current() !== null,
    sites: () => store.sites(),
    async open(wanted, hooks) {
      // The first frame goes out in the next turn of the event loop, and before anything is begun.
      await setImmediate();
      await setImmediate();
      const working = await import('../state/working.ts');
      await setImmediate();
      steps = working.steps;
      const site = await working.openSite(wanted, around, {
        asks: guidedAsks(hooks.ask),
        doing: hooks.doing,
        signal: hooks.signal,
        ...(options.acceptHostKey ? { acceptHostKey: options.acceptHostKey } : {}),
        ...(options.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
        ...(reset ? { reset } : {}),
      });
      // Asked for once, it is done once.
      reset = false;
      return site;
    },
  });
  const plain = options.plain === true || around.environment.TERM === 'dumb';
  const stop = new AbortController();
  let stoppedWith: number | null = null;
  parts.onSignal((signal) => {
    stoppedWith ??= codes[signal] ?? 130;
    stop.abort();
  });
  const screen = {
    session,
    environment: around.environment,
    stop: stop.signal,
    stdin: parts.stdin,
    stdout: parts.stdout,
    stderr: parts.stderr,
  };
  const end = await (plain ? runPlain(screen) : runGuided(screen));
  const state = session.state();
  await session.close();
  // After a hang-up there is nobody to say it to.
  if (stoppedWith !== codes.SIGHUP)
    for (const line of [...lastWords(state), ...end.commands]) print(line);
  return stoppedWith ?? (end.how === 'interrupted' ? 130 : 0);
}

/** 128 and the number of the signal, as shells count. */
const codes: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
