import type { AuthorityReport } from '../../src/steps/authority/authority.ts';
import { hanging, type Line, pad, paragraph } from '../text/lines.ts';

/** The authority that is there: who it is, until when, and how it can be told from another. */
export function authorityLines(report: AuthorityReport, width: number): Line[] {
  const { certificate, folder, encrypted, notes } = report;
  if (!certificate) return [];
  const facts: [string, string][] = [
    ['Subject', certificate.subject],
    ['Valid', `${day(certificate.notBefore)} to ${day(certificate.notAfter)}`],
    ['Key', `${certificate.keyType}, ${encrypted ? 'locked with a passphrase' : 'no passphrase'}`],
    ['Folder', folder],
    ['Fingerprint', `SHA-256 ${certificate.fingerprint}`],
  ];
  return [
    ...facts.flatMap(([label, value]) =>
      hanging([{ text: pad(label, 13), tone: 'quiet' }], value, width),
    ),
    ...notes.flatMap((note) => paragraph(note, width, 'warning')),
  ];
}

export const day = (date: Date): string => date.toISOString().slice(0, 10);
