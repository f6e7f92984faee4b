import { hostScript } from '../../host-scripts/script.ts';
import { quote } from '../../text/quote.ts';

/** How the wrapper tells its process id, on standard error, before anything else. */
export const announced = /\[lockstep process (\d+)\]\n/;

/** What comes before it on standard output is the login shell's own: some print a line, or much more, to everybody. */
export const begun = /\[lockstep begins\]\n/;

/** Within quotes, csh ends a command at a line's end and looks up its history at a "!". */
const notForCsh = /[\n!]/;

/** Where one argument is not for csh, in all of them: as printf's `%b` takes them (POSIX). */
const encoded = (argument: string): string =>
  argument.replace(/[\\\n!]/g, (it) => `\\0${it.charCodeAt(0).toString(8).padStart(3, '0')}`);

/**
 * The string that runs a program over SSH: by way of a POSIX sh, whatever the user's own shell is.
 * The process keeps its id all the way (`exec`), so the announced one is the program's.
 */
export function commandLine(argv: readonly string[]): string {
  const encode = argv.some((argument) => notForCsh.test(argument));
  const script = hostScript(encode ? 'host/program-encoded' : 'host/program');
  const wrapper = script.trimEnd().split('\n').join('; ');
  return `exec ${quote(['sh', '-c', wrapper, 'lockstep', ...(encode ? argv.map(encoded) : argv)])}`;
}
