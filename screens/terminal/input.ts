import { EventEmitter } from 'node:events';
import { KeyBytes } from '../keys/key-bytes.ts';

/** What the screens need of a keyboard: `process.stdin`, or one end of a channel. */
export type KeyboardStream = NodeJS.ReadableStream & {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  ref?(): unknown;
  unref?(): unknown;
};

/**
 * Stands between the terminal and Ink, and hands over one key at a time. Over a slow link Down and
 * Enter arrive together; read together, Enter would still see the list as it was before Down.
 */
export class TerminalInput extends EventEmitter {
  readonly isTTY = true;
  readonly #terminal: KeyboardStream;
  readonly #bytes = new KeyBytes();
  #wait: NodeJS.Timeout | undefined;
  #keys: string[] = [];
  #given = false;
  #scheduled = false;

  constructor(terminal: KeyboardStream) {
    super();
    this.#terminal = terminal;
    terminal.setEncoding('utf8');
    terminal.on('readable', this.#readable);
  }

  setRawMode(raw: boolean): this {
    this.#terminal.setRawMode?.(raw);
    return this;
  }
  ref(): this {
    this.#terminal.ref?.();
    return this;
  }
  unref(): this {
    this.#terminal.unref?.();
    return this;
  }
  setEncoding(): this {
    return this;
  }

  /** The next key, once for each `readable`; then null. */
  read(): string | null {
    if (this.#given) return null;
    this.#given = true;
    return this.#keys.shift() ?? null;
  }

  /** Forgets keys that were typed ahead. */
  forget(): void {
    this.#stopWaiting();
    this.#bytes.forget();
    this.#keys = [];
  }

  /** Lets the terminal go. */
  close(): void {
    this.#terminal.off('readable', this.#readable);
    this.forget();
  }

  readonly #readable = (): void => {
    for (let chunk = this.#terminal.read(); chunk !== null; chunk = this.#terminal.read())
      this.#take(this.#bytes.push(String(chunk)));
  };

  #take(keys: readonly string[]): void {
    this.#keys.push(...keys);
    this.#schedule();
    this.#stopWaiting();
    const { wait } = this.#bytes;
    if (wait === null) return;
    // What came while we were busy is still to be read: that is done before the immediate.
    this.#wait = setTimeout(() => {
      const before = this.#wait;
      setImmediate(() => {
        if (this.#wait === before) this.#take(this.#bytes.expire());
      });
    }, wait);
  }

  #stopWaiting(): void {
    clearTimeout(this.#wait);
    this.#wait = undefined;
  }

  #schedule(): void {
    if (this.#scheduled || this.#keys.length === 0) return;
    this.#scheduled = true;
    // A turn of the event loop for each: what a key changed is drawn before the next is read.
    setImmediate(() => {
      this.#scheduled = false;
      this.#given = false;
      this.emit('readable');
      this.#schedule();
    });
  }
}
