import { isUtf8 } from 'node:buffer';
import type { Wording } from '../model/wording.ts';

/** What is left of a line after its option, taken word by word or whole. Latin1 text. */
export class Rest {
  private text: string;
  constructor(text: string) {
    this.text = text;
  }

  /** The next word; only spaces separate words. Null when there is none. */
  word(): string | null {
    const found = /^ *([^ ]+) ?/.exec(this.text);
    this.text = found === null ? '' : this.text.slice(found[0].length);
    return found?.[1] ?? null;
  }

  isEmpty(): boolean {
    return this.text === '';
  }

  /** Whether the next word begins so. */
  startsWith(text: string): boolean {
    return this.text.replace(/^ +/, '').startsWith(text);
  }

  /** Everything that is left, blanks included; null when nothing is. */
  all(): string | null {
    const text = this.text;
    this.text = '';
    return text === '' ? null : text;
  }
}

/** A value, or the broker's complaint about it. */
export type Parsed<T> = { value: T } | { error: string };

/** `true`, `false`, `1` or `0`, in lower case; whatever follows on the line is ignored. */
export function booleanFrom(rest: Rest, option: string, words: Wording): Parsed<boolean> {
  const word = rest.word();
  if (word === null) return { error: words.empty(option) };
  if (word === 'true' || word === '1') return { value: true };
  if (word === 'false' || word === '0') return { value: false };
  return { error: words.invalid(option, decoded(word)) };
}

/**
 * A whole number. 2.0 takes the digits it finds at the front, or 0 (C's atoi); 2.1 wants the whole
 * word to be a number, `0x` and a leading `0` meaning hexadecimal and octal (C's strtol).
 */
export function integerFrom(
  rest: Rest,
  option: string,
  words: Wording,
  strict: boolean,
): Parsed<number> {
  const word = rest.word();
  if (word === null) return { error: words.empty(option) };
  if (!strict) return { value: leadingInteger(word) };
  const value = wholeInteger(word);
  if (value === null) return { error: `Error: '${option}' value not a number.` };
  const out = value > 0x7fffffffn || value < -0x80000000n;
  return out ? { error: `Error: '${option}' value out of range.` } : { value: Number(value) };
}

/** The rest of the line without the blanks around it. There are no quotes and no comments in it. */
export function stringFrom(rest: Rest, option: string, words: Wording): Parsed<string> {
  const text = trimmed(rest.all() ?? '');
  if (text === '') return { error: words.empty(option) };
  if (text.length > 0xffff) return { error: `Error: ${option} is longer than 65535 bytes.` };
  if (!isValidText(text)) return { error: 'Error: Malformed UTF-8 in configuration.' };
  return { value: decoded(text) };
}

/** Bytes of a line as people read them. */
export function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** C's atoi: blanks, a sign, digits; the rest is ignored; wraps at 32 bits as on 64-bit Linux. */
export function leadingInteger(word: string): number {
  const digits = /^[ \t-\r]*([+-]?\d+)/.exec(word)?.[1];
  return digits === undefined ? 0 : Number(BigInt.asIntN(32, clamped(BigInt(digits))));
}

function wholeInteger(word: string): bigint | null {
  const found = /^[ \t-\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(word);
  if (found === null) return null;
  const [, sign, digits = ''] = found;
  const octal = /^0[0-7]+$/.test(digits);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  return sign === '-' ? -size : size;
}

function clamped(value: bigint): bigint {
  const most = 0x7fffffffffffffffn;
  return value > most ? most : value < -most - 1n ? -most - 1n : value;
}

function trimmed(text: string): string {
  return text.replace(/^[ \t-\r]+/, '').replace(/[ \t-\r]+$/, '');
}

/** MQTT's rules for text (5.0, 1.5.4), which the broker applies to its settings too. */
function isValidText(latin1: string): boolean {
  if (!isUtf8(Buffer.from(latin1, 'latin1'))) return false;
  return !/[\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef]|[\ufffe\uffff]|[\u{1fffe}\u{1ffff}\u{10fffe}\u{10ffff}]/u.test(
    decoded(latin1),
  );
}
