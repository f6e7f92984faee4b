import { Writable } from 'node:stream';

/** What the screens need of a terminal's output: `process.stdout`, or one end of a channel. */
export type TerminalStream = NodeJS.WritableStream & {
  columns?: number;
  rows?: number;
  isTTY?: boolean;
};

/**
 * Stands between Ink and the terminal. All that is written in one turn of the event loop goes out
 * as one write (Ink makes three of a frame; over SSH each would be a packet), and the size changes
 * only when we say so, so that no frame is ever drawn for a size that is no more.
 */
export class TerminalOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #terminal: TerminalStream;
  #waiting: Buffer[] = [];
  #scheduled = false;

  constructor(terminal: TerminalStream) {
    super({ decodeStrings: true });
    this.#terminal = terminal;
    this.columns = terminal.columns || 80;
    this.rows = terminal.rows || 24;
  }

  /** Takes over the terminal's present size; says whether it has changed. */
  measure(): boolean {
    const columns = this.#terminal.columns || 80;
    const rows = this.#terminal.rows || 24;
    const changed = columns !== this.columns || rows !== this.rows;
    this.columns = columns;
    this.rows = rows;
    return changed;
  }

  /** Writes out what waits. A terminal that has gone away is not our trouble: the session ends by signal. */
  flush(): void {
    this.#scheduled = false;
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#terminal.writable) this.#terminal.write(shorter(bytes.toString()));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#waiting.push(chunk);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
    done();
  }
}

/** Ink steps over each unchanged row by itself (CNL); one step over all of them says the same. */
const shorter = (text: string): string =>
  text.replace(/(?:\u001B\[E){2,}/g, (steps) => `\u001B[${steps.length / 3}E`);
