import type { Asks } from '../src/steps/setup.ts';
import { filesFirst } from '../state/files-first.ts';
import { guidedAsks } from '../state/guided-asks.ts';
import { type Environment, glyphsFor } from './glyphs.ts';
import type { KeyboardStream } from './input.ts';
import type { TerminalStream } from './output.ts';
import { plainAnswer } from './plain-asking.ts';
import { PlainInput } from './plain-input.ts';
import { PlainTalk } from './plain-talk.ts';

export interface TerminalParts {
  stdin: KeyboardStream;
  /** Apart from the output of a command, which may go to another program. */
  stderr: TerminalStream;
  environment: Environment;
  /** Stops asking at once. */
  stop: AbortSignal;
  /** Ctrl-C was pressed where the terminal makes no signal of it. */
  interrupt(): void;
}

/**
 * Puts the questions of a command to whoever typed it, line by line, where no file answers them. What is
 * secret is not shown.
 */
export function terminalAsks(files: Asks, hasPassphrase: boolean, parts: TerminalParts): Asks {
  const { stdin, stderr, environment, stop, interrupt } = parts;
  const talk = new PlainTalk(stderr, glyphsFor(environment).ascii);
  const screen = guidedAsks(async (request) => {
    const input = new PlainInput(stdin);
    const close = () => input.close();
    stop.addEventListener('abort', close, { once: true });
    try {
      const answer = stop.aborted ? null : await plainAnswer(request, talk, input);
      if (input.interrupted) interrupt();
      return answer;
    } finally {
      stop.removeEventListener('abort', close);
      close();
    }
  });
  return filesFirst(files, hasPassphrase, screen);
}
