import { withoutQuotedSecret } from '../config/model/secret-lines.ts';

/**
 * What explains why a broker does not start or does not let somebody in, out of its log and the
 * service's: complaints, each with the line before it (`Opening ipv4 listen socket on port 8883.`
 * says which address is in use), every one once. Without a complaint: the last few lines.
 */
export function lastWords(lines: readonly string[], most = 8): string[] {
  const own = lines.map(withoutTime).filter((line) => !ofTheService.test(line));
  const told = own.filter(
    (line, index) => complaint.test(line) || complaint.test(own[index + 1] ?? ''),
  );
  const words = told.some((line) => complaint.test(line)) ? told : own.slice(-4);
  // From the end: the newest start counts.
  return [...new Set(words.reverse())].slice(0, most).reverse();
}

const complaint = /\berror\b|unable to|invalid|unknown configuration|duplicate|denied|refused/i;

/** systemd's telling of its own work. */
const ofTheService =
  /^\S+\.service: |^(Start|Stopp?)(ed|ing) |^Failed to start|Loading config file/;

/** Mosquitto begins its lines with seconds since 1970, or however log_timestamp_format says. */
const withoutTime = (line: string): string => withoutQuotedSecret(line.replace(/^\d{10}: /, ''));
