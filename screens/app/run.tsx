import { render } from 'ink';
import type { Session } from '../../state/session/session-parts.ts';
import { type Clock, ClockContext, wallClock } from '../parts/patience.ts';
import { type KeyboardStream, TerminalInput } from '../terminal/input.ts';
import { TerminalOutput, type TerminalStream } from '../terminal/output.ts';
import { type Environment, glyphsFor } from '../text/glyphs.ts';
import type { End } from './end.ts';
import { Guided } from './guided.tsx';
import { suspended } from './last-words.ts';

export interface GuidedOptions {
  session: Session;
  /** The keyboard: must be a terminal, or look like one (`isTTY`, `setRawMode`, `ref`, `unref`). */
  stdin: KeyboardStream;
  /** The screen; its size is read from `columns` and `rows` at each `resize` event. */
  stdout: TerminalStream;
  stderr?: NodeJS.WritableStream;
  environment: Environment;
  now?: Date;
  /** Tells how long something has been on the screen. */
  clock?: Clock;
  /** Stops the program for a while, and resolves when it goes on; without it Ctrl-Z says that there is no shell. */
  suspend?(): Promise<void>;
  /** Takes the screen away at once: the program is told to end, or its terminal is gone. */
  stop?: AbortSignal;
}

const clearScreen = '\u001B[H\u001B[J';
const resizeDelay = 50;

/**
 * Shows a session on a terminal until the user leaves. It closes nothing but the screen: closing
 * the session and the last words are the caller's, when the ordinary screen is back.
 */
export async function runGuided(options: GuidedOptions): Promise<End> {
  const { session, stdin, stdout, stderr } = options;
  const glyphs = glyphsFor(options.environment);
  const now = options.now ?? new Date();
  const output = new TerminalOutput(stdout);
  const input = new TerminalInput(stdin);
  let end: End = { how: 'left', commands: [] };

  const { suspend } = options;
  const onSuspend = async () => {
    output.write(
      suspended(session.state())
        .map((line) => `${line}\r\n`)
        .join(''),
    );
    output.flush();
    // What is still to come was meant for the shell by then.
    input.forget();
    await suspend?.();
  };

  const clock = options.clock ?? wallClock;
  const tree = () => (
    <ClockContext value={clock}>
      <Guided
        session={session}
        size={{ columns: output.columns, rows: output.rows }}
        glyphs={glyphs}
        now={now}
        paneInterval={options.environment.SSH_CONNECTION ? 250 : 100}
        onEnd={(how) => {
          end = how;
          // Not while React is still handling the key.
          setImmediate(() => screen.unmount());
        }}
        {...(suspend ? { onSuspend } : {})}
      />
    </ClockContext>
  );
  const screen = render(tree(), {
    stdin: input as unknown as NodeJS.ReadStream,
    stdout: output,
    ...(stderr ? { stderr } : {}),
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 30,
  });

  // Ink's own reaction to a resize would draw the old frame in the new size first.
  let timer: NodeJS.Timeout | undefined;
  const resized = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!output.measure()) return;
      screen.clear();
      output.write(clearScreen);
      screen.rerender(tree());
    }, resizeDelay);
  };
  stdout.on('resize', resized);
  const gone = () => {
    end = { how: 'interrupted', commands: [] };
    screen.unmount();
  };
  stdin.once('end', gone);
  const stopped = () => screen.unmount();
  options.stop?.addEventListener('abort', stopped, { once: true });
  try {
    await screen.waitUntilExit();
  } finally {
    clearTimeout(timer);
    options.stop?.removeEventListener('abort', stopped);
    stdout.off('resize', resized);
    stdin.off('end', gone);
    input.close();
    output.flush();
  }
  return end;
}
