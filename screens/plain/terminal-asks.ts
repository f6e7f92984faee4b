import type { Asks } from '../../src/steps/contract/setup.ts';
import { filesFirst } from '../../state/session/files-first.ts';
import { guidedAsks } from '../../state/session/guided-asks.ts';
import type { KeyboardStream } from '../terminal/input.ts';
import type { TerminalStream } from '../terminal/output.ts';
import { type Environment, glyphsFor } from '../text/glyphs.ts';
import { plainAnswer } from './asking.ts';
import { PlainInput } from './input.ts';
import { PlainTalk } from './talk.ts';

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
