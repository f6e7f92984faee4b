// sshd hands a command to the login user's shell as one string. This is the only place in Lockstep
// where such a string is made, and it is made from an argument vector only.

/** A single argument of a program may not be longer than this on Linux (MAX_ARG_STRLEN, 128 KiB). */
const longest = 120_000;

/**
 * An argument vector as one string that a shell takes apart into exactly that vector. Quotes and
 * backslashes stand outside the single quotes, so that fish reads it as sh does.
 * Throws a RangeError for what no program can be given: no name, a NUL byte, over 120,000 bytes.
 */
export function quote(argv: readonly string[]): string {
  if (argv.length === 0) throw new RangeError('A command needs a program.');
  const line = argv.map(quoteArgument).join(' ');
  if (Buffer.byteLength(line) > longest) throw new RangeError('The command is too long.');
  return line;
}

function quoteArgument(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('An argument may not contain a NUL byte.');
  return `'${argument.replace(/['\\]/g, (character) => `'\\${character}'`)}'`;
}
