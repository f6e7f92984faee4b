import { KeyBytes } from '../keys/key-bytes.ts';
import { type Clock, pause, second, wallClock } from '../parts/patience.ts';
import type { KeyboardStream } from '../terminal/input.ts';

/** Lines from a terminal that echoes them itself; or, for secrets, what is typed unseen. */
export class PlainInput {
  /** Ctrl-C was pressed where the terminal does not make a signal of it. */
  interrupted = false;
  readonly #stdin: KeyboardStream;
  readonly #clock: Clock;
  #text = '';
  #ended = false;
  /** The terminal hands over each key, unseen; Ctrl-C and Ctrl-D among them. */
  #unseen = false;
  /** Counts what came, so that a pause in it can be told. */
  #heard = 0;
  readonly #gone = Promise.withResolvers<void>();
  #wake: () => void = () => {};
  #waiting: Promise<string | null> | null = null;

  constructor(stdin: KeyboardStream, clock: Clock = wallClock) {
    this.#stdin = stdin;
    this.#clock = clock;
    stdin.setEncoding('utf8');
    stdin.on('data', this.#read);
    stdin.once('end', this.#end);
    // One before may have stopped it.
    stdin.resume();
  }

  /**
   * The next line; null at the end of input. Asked again before it came, it gives the same line: so
   * a prompt that is overtaken by events can be put anew.
   */
  line(): Promise<string | null> {
    this.#waiting ??= this.#next().finally(() => {
      this.#waiting = null;
    });
    return this.#waiting;
  }

  /**
   * A line that is not echoed, from before it is asked for: `ask` shows the question. Null at the end of input, and for
   * Ctrl-C and Ctrl-D.
   */
  async hidden(ask: () => void = () => {}): Promise<string | null> {
    const typed = await this.#apart(() => {
      ask();
      return this.line();
    });
    return typed === null ? null : erased(typed);
  }

  /**
   * Takes nothing for a second, nor while keys keep coming, and forgets all of it: it was meant for what
   * was there before. Unseen, so that a line which is half typed by then is forgotten, too.
   */
  quiet(): Promise<void> {
    return this.#apart(async () => {
      await this.#pass(second - pause);
      for (let before = -1; before !== this.#heard && !this.#ended; ) {
        before = this.#heard;
        await this.#pass(pause);
      }
      this.#text = '';
    });
  }

  /** Stops reading, so that the program can end; who waits for a line gets none. */
  close(): void {
    this.#stdin.off('data', this.#read);
    this.#stdin.off('end', this.#end);
    this.#stdin.pause();
    this.#end();
  }

  /** Does this while the terminal neither shows what is typed nor makes lines or signals of it. */
  async #apart<T>(act: () => Promise<T>): Promise<T> {
    const raw = this.#stdin.isTTY === true && this.#stdin.setRawMode !== undefined;
    if (raw) this.#stdin.setRawMode?.(true);
    this.#unseen = raw;
    try {
      return await act();
    } finally {
      this.#unseen = false;
      if (raw) this.#stdin.setRawMode?.(false);
    }
  }

  /** So much time, or less where the input ends. */
  async #pass(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const giveUp = this.#clock.after(milliseconds, resolve);
    await Promise.race([promise, this.#gone.promise]);
    giveUp();
  }

  readonly #read = (chunk: string | Buffer): void => {
    this.#text += chunk;
    this.#heard++;
    if (this.#unseen && this.#text.includes('\u0003')) {
      this.interrupted = true;
      this.#text = '';
      this.#end();
    }
    this.#wake();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#gone.resolve();
    this.#wake();
  };

  async #next(): Promise<string | null> {
    for (;;) {
      const end = (this.#unseen ? /\r\n|[\n\r\u0004]/ : /\r\n|[\n\r]/).exec(this.#text);
      if (end) {
        const line = this.#text.slice(0, end.index);
        this.#text = this.#text.slice(end.index + end[0].length);
        // Ctrl-D gives up this one question, with what was typed of it.
        return end[0] === '\u0004' ? null : line;
      }
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What is left of typed characters after the backspaces among them; a key that acts types nothing. */
function erased(typed: string): string {
  const kept: string[] = [];
  for (const key of new KeyBytes().push(typed)) {
    if (key === '\u007F' || key === '\b') kept.pop();
    else if (key.startsWith('\u001B[200~')) kept.push(...key.slice(6, -6));
    else if (!/^\p{Cc}/u.test(key)) kept.push(key);
  }
  return kept.join('');
}
