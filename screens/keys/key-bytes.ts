const esc = '\u001B';
const interrupt = '\u0003';
const pasteBegins = '\u001B[200~';
const pasteEnds = '\u001B[201~';

/** The Esc key as Ink takes it at once; after a bare ESC it would wait for more. */
export const escapeKey = '\u001B[27u';

// Control sequences (ECMA-48 5.4; with the Linux console's `[[A` and rxvt's `[7$`), and SS3 for
// function keys.
const sequence = /\u001B(?:\[[235678]\$|\[\[?[0-?]*[ -/]*[@-Z\\-~]|O[\d;]*[@-~])/y;
const beginning = /\u001B(?:\[\[?[0-?]*[ -/]*|O[\d;]*)?/y;

/** How long a bare ESC may still become a sequence, in milliseconds: links cut them apart. */
export const untilEscape = 150;
/** How long the rest of a sequence is waited for, in milliseconds. */
const untilGivenUp = 1000;

/**
 * Puts what a terminal sends together into keys, however it was cut up on the way: a key is one
 * character, one whole sequence, or one whole paste. What does not become whole in time was none, and
 * no part of it is a key of its own. Nor is what comes with Alt (ESC and a character): no binding has it.
 */
export class KeyBytes {
  #begun = '';
  /** The ESC was taken for the Esc key; should it have begun a sequence, the rest of that is no key. */
  #taken = false;

  /** The keys that are whole with this, in order. */
  push(chunk: string): string[] {
    // Ctrl-C works whatever is waited for, the end of a paste too.
    const late = this.#taken && this.#begun === esc && !/^[[O]/.test(chunk);
    if (chunk === interrupt || late) this.forget();
    const text = this.#begun + chunk;
    this.#begun = '';
    const keys: string[] = [];
    for (let at = 0; at < text.length; ) {
      const found = keyAt(text, at);
      if (found === 'begun') {
        this.#begun = text.slice(at);
        break;
      }
      if (found.key !== '' && !this.#taken) keys.push(found.key);
      this.#taken = false;
      at += found.length;
    }
    return keys;
  }

  /** How long to wait for more before `expire`, in milliseconds; null when nothing is waited for. */
  get wait(): number | null {
    if (this.#begun === '' || this.#begun.startsWith(pasteBegins)) return null;
    return this.#begun === esc && !this.#taken ? untilEscape : untilGivenUp;
  }

  /** Nothing more came in time: a bare ESC was the Esc key, all else was none. */
  expire(): string[] {
    const isEscape = this.#begun === esc && !this.#taken;
    if (!isEscape) this.forget();
    this.#taken = isEscape;
    return isEscape ? [escapeKey] : [];
  }

  forget(): void {
    this.#begun = '';
    this.#taken = false;
  }
}

/** What begins there and how long it is; its key is '' where it is none. */
function keyAt(text: string, at: number): { key: string; length: number } | 'begun' {
  const character = characterAt(text, at);
  if (character !== esc) return whole(character);
  if (text.startsWith(pasteBegins, at)) {
    const end = text.indexOf(pasteEnds, at);
    return end < 0 ? 'begun' : whole(text.slice(at, end + pasteEnds.length));
  }
  const found = matchAt(sequence, text, at);
  if (found !== '') return whole(found);
  const broken = matchAt(beginning, text, at);
  const next = at + broken.length;
  if (next === text.length) return 'begun';
  if (broken !== esc) return { key: '', length: broken.length };
  const following = characterAt(text, next);
  // Esc, and then another: that one may begin a sequence.
  if (following === esc || following === interrupt) return { key: escapeKey, length: 1 };
  return { key: '', length: 1 + following.length };
}

const whole = (key: string) => ({ key, length: key.length });

const characterAt = (text: string, at: number): string =>
  String.fromCodePoint(text.codePointAt(at) ?? 0);

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
