import type { FileFacts } from '../../host/host.ts';
import { type Finding, found, type Subject } from './finding.ts';

/** What is known of files that a configuration names, from the broker's machine. */
export interface AuditFacts {
  now: Date;
  /** Until when certificates and revocation lists are valid. */
  validity?: { path: string; notAfter: Date }[];
  /** Owners and modes. */
  files?: FileFacts[];
}

const day = 24 * 60 * 60 * 1000;
/** Days before the end at which a renewal is due. */
const soon = 30;

/** Certificates that end soon, keys that others can read. */
export function factFindings({ open }: Subject, facts: AuditFacts): Finding[] {
  const findings: Finding[] = [];
  for (const { configured } of open) {
    for (const name of ['certfile', 'cafile', 'crlfile', 'keyfile']) {
      const setting = configured.settings.get(name);
      if (setting === undefined) continue;
      const path = String(setting.value);
      const end = facts.validity?.find((one) => one.path === path)?.notAfter;
      const days = end === undefined ? Infinity : (end.getTime() - facts.now.getTime()) / day;
      if (end !== undefined && days < soon) {
        const when = end.toISOString().slice(0, 10);
        findings.push(
          found(
            days < 0 ? 'expired' : 'expires-soon',
            days < 0 ? 'critical' : 'warning',
            setting.place,
            days < 0
              ? `${path} is not valid any more since ${when}: every client is refused, or refuses.`
              : `${path} is valid until ${when}, ${Math.floor(days)} more days; after that no client connects.`,
            name === 'crlfile' ? 'Issue a new revocation list.' : 'Renew it and reload the broker.',
          ),
        );
      }
      const file = facts.files?.find((one) => one.path === path);
      if (name === 'keyfile' && file !== undefined && (file.mode & 0o007) !== 0) {
        findings.push(
          found(
            'key-readable',
            'critical',
            setting.place,
            `Every user of the broker's machine can read the private key ${path}.`,
            `chown mosquitto:mosquitto ${path} && chmod 0600 ${path}`,
          ),
        );
      }
    }
  }
  return findings;
}
