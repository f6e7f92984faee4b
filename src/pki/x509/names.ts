import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';

/** The longest common name, in characters (X.520 ub-common-name; RFC 5280, appendix A). */
export const longestCommonName = 64;

// A file name may have 255 bytes on the usual file systems; this leaves room for our endings.
const longestFileNameBytes = 180;

/** Why a text cannot be a common name, as a sentence, or null when it can. */
export function commonNameProblem(name: string): string | null {
  if (name === '') return 'The common name is empty.';
  const characters = [...name].length;
  if (characters > longestCommonName) {
    return `The common name has ${characters} characters; a certificate holds at most ${longestCommonName}.`;
  }
  if (clean(name) !== name) {
    return 'The common name contains a control character or one that cannot be seen.';
  }
  const forbidden = /[+#/]/.exec(name)?.[0];
  if (forbidden) {
    return `The common name contains "${forbidden}". It becomes the MQTT user name, and + # / have a meaning in topics and access lists.`;
  }
  if (name !== name.trim()) return 'The common name begins or ends with a blank.';
  if (name !== name.normalize('NFC')) {
    return 'The common name spells an accented letter in two characters; type it as one.';
  }
  return null;
}

/**
 * Why a text cannot name a holder of a certificate (the broker, a client), or null when it can.
 * The name is the common name and also names the files, NAME.key, NAME.csr and NAME.crt.
 */
export function holderNameProblem(name: string): string | null {
  const problem = commonNameProblem(name);
  if (problem) return problem;
  if (name.startsWith('.')) return 'The name begins with a dot, so its files would be hidden.';
  if (name.startsWith('-'))
    return 'The name begins with "-"; programs would take it for an option.';
  if (name.includes('\\')) return 'The name contains "\\", which some systems take for a folder.';
  if (Buffer.byteLength(name) > longestFileNameBytes)
    return 'The name is too long for a file name.';
  if (name.toLowerCase() === 'root_ca') {
    return 'The name root_ca is taken: root_ca.key and root_ca.crt are the authority itself.';
  }
  return null;
}

/** Throws a Trouble when a text cannot name a holder of a certificate. */
export function requireHolderName(name: string): void {
  const problem = holderNameProblem(name);
  if (problem) {
    throw new Trouble(`"${clean(name, 80)}" cannot be the name on a certificate.`, {
      likely: problem,
      next: 'Choose another name, for example client01.',
    });
  }
}
