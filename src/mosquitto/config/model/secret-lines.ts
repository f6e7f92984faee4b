// What is shown of a configuration, written to `--json`, or kept, is without its secrets. They stand in lines of
// mosquitto.conf(5) (a bridge's password or key, the pass phrase of an engine, what a plugin is given), of a password
// file (`NAME:$7$…`) and of a file of keys (`NAME:HEXADECIMAL`).

/** What stands in the place of a secret. */
export const hidden = '(hidden)';

/** By their names, wrongly spelt ones too; what ends so is a file or a kind, no secret. */
const secretName = /pass?w|pass(?!words)|pwd|psk|secret|token|credential|^bridge_identity$/i;
const ofPlugin = /^(plugin|auth)_opt_/i;
const noSecret = /(file|path|dir|folder|hint|mechanism|query)$/i;

/** Whether the value of an option is nobody's business, also of one from which no blank separates it. */
export function isSecret(option: string): boolean {
  const [name = ''] = option.split(/[\s=:]/);
  if (noSecret.test(name)) return false;
  return secretName.test(name) || (ofPlugin.test(name) && /key/i.test(name));
}

/** An option, also behind a `#` (`# lockstep:`) that takes it out, and what separates it from its value, also a wrong sign. */
const optionLine = /^(\ufeff?[#\s]*(?:lockstep:[#\s]*)*)([A-Za-z]\w*)([\s=:]+)(?=\S)/;

/** A line of a configuration, of a password file or of a file of keys, as it may be shown. */
export function withoutSecret(line: string): string {
  const [all = '', lead = '', option = '', separator = ''] = optionLine.exec(line) ?? [];
  // Prose in a comment begins with a capital, or with no name of an option.
  const isOption =
    !/#(?!.*lockstep)/.test(lead) || /^[a-z]+_\w+$/i.test(option) || option === 'password';
  if (isOption && isSecret(option)) return `${lead}${option}${separator}${hidden}`;
  const entry = /^([^:\s]*:)(\$\d+\$\S+|[0-9a-fA-F]{16,})\s*$/.exec(line);
  if (entry) return `${entry[1]}${hidden}`;
  // Who is to log in at an address, as a plugin for a database takes it.
  if (!ofPlugin.test(option)) return line;
  return all + line.slice(all.length).replace(/[^\s/@]*:[^\s/@]*@/g, `${hidden}@`);
}

/**
 * A broker's complaint about a line, as it may be shown: where no blank stands behind the name, it takes the value for a
 * part of that.
 */
export function complaintShown(complaint: string, option: string): string {
  const shown = withoutSecret(option);
  if (shown === option) return complaint;
  return complaint.replaceAll(option.slice(shown.length - hidden.length), hidden);
}

/** A broker's words as they may be shown: it quotes a line that it does not know, and a plugin an address. */
export const withoutQuotedSecret = (words: string): string =>
  words
    .replace(
      /(Unknown configuration variable ["'])(.+?)(["']\.?$|$)/,
      (_, head: string, quoted: string, end: string) => head + withoutSecret(quoted) + end,
    )
    .replace(/:\/\/[^\s/@]+@/g, `://${hidden}@`);
