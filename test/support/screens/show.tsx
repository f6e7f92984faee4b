import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import type { End } from '../../../screens/app/end.ts';
import { runGuided } from '../../../screens/app/run.tsx';
import { untilEscape } from '../../../screens/keys/key-bytes.ts';
import type { Clock } from '../../../screens/parts/patience.ts';
import type { Session } from '../../../state/session/session-parts.ts';
import { bytesOf, type KeyName } from '../terminal/keys.ts';

/** The end of a terminal that a program writes to, drawn by a real terminal emulator. */
class XtermStream extends Writable {
  readonly isTTY = true;
  readonly terminal: xterm.Terminal;
  columns: number;
  rows: number;
  written = 0;
  writes = 0;
  text = '';
  /** How often the screen scrolled: must stay 0. */
  overflow = 0;
  #drawing = false;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.terminal = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      convertEol: true,
    });
    // A frame that is too high scrolls; in the alternate screen nothing else does.
    this.terminal.onScroll(() => {
      if (this.#drawing) this.overflow++;
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written += chunk.length;
    this.writes++;
    this.text += chunk.toString();
    // Going to the alternate screen and back is told as a scroll too.
    this.#drawing = !this.text.slice(-chunk.length - 20).includes('[?1049');
    this.terminal.write(chunk, done);
  }
}

class Keyboard extends PassThrough {
  readonly isTTY = true;
  setRawMode(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

export interface Shown {
  screen(): string;
  lines(): string[];
  /** Waits for a screen; fails with what was there instead. */
  until(wanted: (screen: string) => boolean, what?: string): Promise<string>;
  seen(text: string): Promise<string>;
  /** Waits until nothing is written any more; returns the frame. */
  frame(): Promise<string>;
  press(...keys: KeyName[]): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  cursor(): { x: number; y: number };
  output: XtermStream;
  ended: Promise<End>;
  close(): Promise<void>;
}

export const unicode = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };
export const ascii = { LANG: 'C', TERM: 'vt100' };

/** For tests in which nothing is to be waited for. */
export const noWaiting: Clock = {
  after(_, act) {
    const soon = setImmediate(act);
    return () => clearImmediate(soon);
  },
};

/** A clock on which time passes only when it is told to. */
export class SlowClock implements Clock {
  #now = 0;
  #waiting = new Set<{ at: number; act: () => void }>();

  after(milliseconds: number, act: () => void): () => void {
    const one = { at: this.#now + milliseconds, act };
    this.#waiting.add(one);
    return () => this.#waiting.delete(one);
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const one of [...this.#waiting])
      if (one.at <= this.#now && this.#waiting.delete(one)) one.act();
  }
}

/** Runs the guided screens over a session, on a terminal of this size, with Ink's real renderer. */
export function show(
  session: Session,
  options: {
    columns?: number;
    rows?: number;
    environment?: Record<string, string>;
    clock?: Clock;
    /** What happens while the program is stopped (Ctrl-Z). */
    suspend?(): Promise<void>;
  } = {},
): Shown {
  const output = new XtermStream(options.columns ?? 80, options.rows ?? 24);
  const keyboard = new Keyboard();
  const ended = runGuided({
    session,
    stdin: keyboard,
    stdout: output,
    environment: options.environment ?? unicode,
    now: new Date('2026-10-03T12:00:00Z'),
    clock: options.clock ?? noWaiting,
    ...(options.suspend ? { suspend: options.suspend } : {}),
  });
  const lines = () => {
    const { active } = output.terminal.buffer;
    return Array.from(
      { length: output.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString(true, 0, output.columns)
          .trimEnd() ?? '',
    );
  };
  const screen = () => lines().join('\n');
  const drawn = () => new Promise<void>((resolve) => output.terminal.write('', resolve));
  const until = async (wanted: (screen: string) => boolean, what = 'the expected screen') => {
    const deadline = Date.now() + 4000;
    for (;;) {
      await drawn();
      if (wanted(screen())) return screen();
      if (Date.now() > deadline)
        throw new Error(`waited for ${what}; the screen was:\n${screen()}`);
      await sleep(2);
    }
  };
  const frame = async () => {
    for (let before = -1; before !== output.written; ) {
      before = output.written;
      await sleep(60);
      await drawn();
    }
    return screen();
  };
  return {
    screen,
    lines,
    until,
    seen: (text) => until((now) => now.includes(text), `"${text}"`),
    frame,
    async press(...keys) {
      for (const key of keys) {
        keyboard.write(bytesOf(key));
        // Whether it is Esc is known only when nothing follows it.
        if (key === 'esc') await sleep(untilEscape);
        await frame();
      }
    },
    type: (text) => void keyboard.write(text),
    resize(columns, rows) {
      output.columns = columns;
      output.rows = rows;
      output.terminal.resize(columns, rows);
      output.emit('resize');
    },
    cursor: () => ({
      x: output.terminal.buffer.active.cursorX,
      y: output.terminal.buffer.active.cursorY,
    }),
    output,
    ended,
    async close() {
      keyboard.write(bytesOf('ctrl-c'));
      keyboard.write(bytesOf('ctrl-c'));
      await ended;
    },
  };
}
