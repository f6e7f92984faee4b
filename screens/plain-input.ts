import type { KeyboardStream } from './input.ts';
import { KeyBytes } from './key-bytes.ts';

/** Lines from a terminal that echoes them itself; or, for secrets, what is typed unseen. */
export class PlainInput {
  /** Ctrl-C was pressed where the terminal does not make a signal of it. */
  interrupted = false;
  readonly #stdin: KeyboardStream;
  #text = '';
  #ended = false;
  #hidden = false;
  #wake: () => void = () => {};
  #waiting: Promise<string | null> | null = null;

  constructor(stdin: KeyboardStream) {
    this.#stdin = stdin;
    stdin.setEncoding('utf8');
    stdin.on('data', this.#read);
    stdin.once('end', this.#end);
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

  /** A line that is not echoed. Null at the end of input, and for Ctrl-C and Ctrl-D. */
  async hidden(): Promise<string | null> {
    const raw = this.#stdin.isTTY === true && this.#stdin.setRawMode !== undefined;
    if (raw) this.#stdin.setRawMode?.(true);
    this.#hidden = raw;
    try {
      const typed = await this.line();
      return typed === null ? null : erased(typed);
    } finally {
      this.#hidden = false;
      if (raw) this.#stdin.setRawMode?.(false);
    }
  }

  /** Stops reading, so that the program can end; who waits for a line gets none. */
  close(): void {
    this.#stdin.off('data', this.#read);
    this.#stdin.off('end', this.#end);
    this.#stdin.pause();
    this.#end();
  }

  readonly #read = (chunk: string | Buffer): void => {
    this.#text += chunk;
    if (this.#hidden && /[\u0003\u0004]/.test(this.#text)) {
      this.interrupted = this.#text.includes('\u0003');
      this.#text = '';
      this.#ended = true;
    }
    this.#wake();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#wake();
  };

  async #next(): Promise<string | null> {
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.#text);
      if (end) {
        const line = this.#text.slice(0, end.index);
        this.#text = this.#text.slice(end.index + end[0].length);
        return line;
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
