import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { bytesOf, type KeyName } from './keys.ts';
import { picture } from './picture.ts';

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  cwd?: string;
  /** The whole environment of the program; PATH is taken over when it is not given. */
  env?: Record<string, string>;
  /** How long `until` waits, in milliseconds; 10,000 unless told. */
  limit?: number;
}

/** How a program ended; `signal` is 0 when it ended by itself. */
export interface Exit {
  code: number;
  signal: number;
}

/**
 * A real program in a real pseudo-terminal, its screen kept as a terminal would show it. Tests
 * press keys and wait for what must appear; they never sleep.
 */
export class Terminal {
  readonly #pty: IPty;
  readonly #screen: xterm.Terminal;
  readonly #limit: number;
  readonly #began = Date.now();
  readonly #cast: [number, 'o' | 'i' | 'r', string][] = [];
  #size: { columns: number; rows: number };
  #written = 0;
  #output = '';
  #exit: Exit | null = null;
  #drawn: Promise<void> = Promise.resolve();

  constructor(program: string, args: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24 } = options;
    this.#size = { columns, rows };
    this.#limit = options.limit ?? 10_000;
    this.#screen = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 1000,
    });
    this.#pty = spawn(program, [...args], {
      name: options.env?.TERM ?? 'xterm-256color',
      cols: columns,
      rows,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      env: {
        PATH: process.env.PATH ?? '',
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        ...options.env,
      },
    });
    this.#pty.onData((data) => {
      this.#written += Buffer.byteLength(data);
      this.#output += data;
      this.#cast.push([(Date.now() - this.#began) / 1000, 'o', data]);
      this.#drawn = new Promise((resolve) => this.#screen.write(data, resolve));
    });
    this.#pty.onExit(({ exitCode, signal }) => {
      this.#exit = { code: exitCode, signal: signal ?? 0 };
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** What is on the screen, row by row, without blanks at the ends. */
  lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString(true, 0, this.#screen.cols)
          .trimEnd() ?? '',
    );
  }

  screen(): string {
    return this.lines().join('\n');
  }

  /** Everything the program ever wrote, escape sequences included. */
  output(): string {
    return this.#output;
  }

  /** How many bytes the program has written so far. */
  bytes(): number {
    return this.#written;
  }

  /** Where the cursor is, from 0, and whether the alternate screen is shown. */
  cursor(): { x: number; y: number; alternate: boolean } {
    const { active } = this.#screen.buffer;
    return { x: active.cursorX, y: active.cursorY, alternate: active.type === 'alternate' };
  }

  /** Waits until the screen is as wanted. Fails with the screen after the limit, or at the end. */
  async until(
    wanted: (screen: string, terminal: Terminal) => boolean,
    what = 'the expected screen',
    limit = this.#limit,
  ): Promise<string> {
    const deadline = Date.now() + limit;
    for (;;) {
      const ended = this.#exit;
      await this.#drawn;
      const screen = this.screen();
      if (wanted(screen, this)) return screen;
      if (ended) throw this.#failure(`the program ended (${JSON.stringify(ended)}) before ${what}`);
      if (Date.now() > deadline) throw this.#failure(`waited ${limit} ms for ${what}`);
      await sleep(5);
    }
  }

  /** Waits until this text, or something that matches, is on the screen. */
  seen(text: string | RegExp, limit?: number): Promise<string> {
    const found = (screen: string) =>
      typeof text === 'string' ? screen.includes(text) : text.test(screen);
    return this.until(found, `"${text}"`, limit);
  }

  /** Waits until this text is on the screen no more. */
  gone(text: string, limit?: number): Promise<string> {
    return this.until((screen) => !screen.includes(text), `"${text}" to go`, limit);
  }

  /** Waits until nothing has been written for so many milliseconds. */
  async quiet(milliseconds = 200): Promise<void> {
    let before = -1;
    while (before !== this.#written) {
      before = this.#written;
      await sleep(milliseconds);
    }
    await this.#drawn;
  }

  press(...keys: KeyName[]): void {
    for (const key of keys) this.type(bytesOf(key));
  }

  /** Sends text as if typed all at once. */
  type(text: string): void {
    this.#cast.push([(Date.now() - this.#began) / 1000, 'i', text]);
    this.#pty.write(text);
  }

  /** Sends text as a terminal with bracketed paste does. */
  paste(text: string): void {
    this.type(`\u001B[200~${text}\u001B[201~`);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#cast.push([(Date.now() - this.#began) / 1000, 'r', `${columns}x${rows}`]);
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  /** Waits for the end of the program. */
  async exit(limit = this.#limit): Promise<Exit> {
    const deadline = Date.now() + limit;
    while (!this.#exit) {
      if (Date.now() > deadline) throw this.#failure(`the program did not end within ${limit} ms`);
      await sleep(5);
    }
    await this.#drawn;
    return this.#exit;
  }

  /** Ends the program whatever it does; for the end of a test. */
  async close(): Promise<void> {
    if (!this.#exit) this.#pty.kill('SIGKILL');
    await this.exit().catch(() => {});
    this.#screen.dispose();
  }

  /** Writes what happened as an asciinema recording (version 2). */
  async record(file: string): Promise<void> {
    const head = { version: 2, width: this.#size.columns, height: this.#size.rows };
    const events = [head, ...this.#cast].map((event) => JSON.stringify(event));
    await writeFile(file, `${events.join('\n')}\n`);
  }

  /** Writes what is on the screen now as an SVG picture. */
  async picture(file: string, title: string): Promise<void> {
    await this.#drawn;
    await writeFile(file, picture(this.#screen, title));
  }

  #failure(what: string): Error {
    const { columns } = this.#size;
    const edge = `+${'-'.repeat(columns)}+`;
    const rows = this.lines().map((line) => `|${line.padEnd(columns)}|`);
    return new Error(`${what}; the screen was:\n${[edge, ...rows, edge].join('\n')}`);
  }
}

/** Starts a program in a terminal; use with `await using`, or call `close`. */
export const startTerminal = (
  program: string,
  args: readonly string[],
  options?: TerminalOptions,
): Terminal => new Terminal(program, args, options);
