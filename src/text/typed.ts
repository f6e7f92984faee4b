import { clean } from './clean.ts';

/**
 * A word as one would type it in a shell: quoted only where it has to be. It is right in sh and in an
 * interactive bash, where a `!` between double quotes would be looked up in the history and a tab
 * would complete a name: what cannot be typed, or seen, is written by printf.
 */
export function shellQuoted(word: string): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  if (!isTypeable(word)) return `"$(printf %b ${shellQuoted(inOctal(word))})"`;
  if (word.includes("'") && !/[$`"\\!]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether every character can be seen and typed; line ends can. */
export const isTypeable = (text: string): boolean =>
  text.split('\n').every((line) => clean(line, line.length * 2 + 2) === line);

/** As printf's `%b` takes it (POSIX). */
const inOctal = (word: string): string =>
  [...Buffer.from(word)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w@%+=:,./ -]/.test(character)
        ? character
        : `\\0${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
