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

/** How the wrapper tells its process id, on standard error, before anything else. */
export const announced = /\[lockstep process (\d+)\]\n/;

/** What comes before it on standard output is the login shell's own: some print a line, or much more, to everybody. */
export const begun = /\[lockstep begins\]\n/;

/** What makes programs or the shell itself behave in another way. */
const unwanted = 'POSIXLY_CORRECT CDPATH GREP_OPTIONS';

/** English, and the folders of system programs, which a login user's PATH often lacks. */
const surroundings = [
  'echo "[lockstep process $$]" >&2',
  'echo "[lockstep begins]"',
  `unset ${unwanted}`,
  'PATH=${PATH:-/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin',
  'LC_ALL=C',
  'export PATH LC_ALL',
];

/** Within quotes, csh ends a command at a line's end and looks up its history at a "!". */
const notForCsh = /[\n!]/;

/** Where one argument is not for csh, in all of them: as printf's `%b` takes them (POSIX). */
const encoded = (argument: string): string =>
  argument.replace(/[\\\n!]/g, (it) => `\\0${it.charCodeAt(0).toString(8).padStart(3, '0')}`);

const decoding = [
  'for it do case $it in *\\\\*) it=$(printf %b. "$it"); it=${it%.} ;; esac',
  'set -- "$@" "$it"',
  'shift',
  'done',
];

/**
 * The string that runs a program over SSH: by way of a POSIX sh, whatever the user's own shell is.
 * The process keeps its id all the way (`exec`), so the announced one is the program's.
 */
export function commandLine(argv: readonly string[]): string {
  const encode = argv.some((argument) => notForCsh.test(argument));
  const wrapper = [...surroundings, ...(encode ? decoding : []), 'exec "$@"'].join('; ');
  return `exec ${quote(['sh', '-c', wrapper, 'lockstep', ...(encode ? argv.map(encoded) : argv)])}`;
}
