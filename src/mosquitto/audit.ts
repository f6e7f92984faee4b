import { behaviourOf } from './behaviour.ts';
import type { Effective } from './effective.ts';
import { type AuditFacts, factFindings } from './findings/certificates.ts';
import * as doors from './findings/doors.ts';
import * as encryption from './findings/encryption.ts';
import type { Finding, Rule, Severity, Subject } from './findings/finding.ts';
import * as lines from './findings/lines.ts';
import { doesNotLoad } from './findings/loading.ts';
import { openListeners } from './listeners.ts';
import type { Configuration } from './read.ts';

export type { AuditFacts, ValidityFact } from './findings/certificates.ts';
export type { Finding, Severity } from './findings/finding.ts';

const rules: Rule[] = [
  doesNotLoad,
  doors.openToNetwork,
  doors.unmeantListener,
  doors.websocketAddresses,
  doors.plainListener,
  doors.localOnlyMode,
  doors.openToThisMachine,
  doors.anonymousForAll,
  doors.oldListenerLines,
  encryption.halfPair,
  encryption.identityWithoutCertificate,
  encryption.noAuthority,
  encryption.certificateWithoutIdentity,
  encryption.noClientCertificate,
  encryption.tlsVersion,
  encryption.sharedKey,
  encryption.noRevocationList,
  encryption.identityAndSubject,
  lines.perListener,
  lines.lostLines,
  lines.overridden,
  lines.includes,
  lines.values,
  lines.others,
];

const order: Severity[] = ['critical', 'warning', 'note'];

/**
 * What is wrong, dangerous or misleading in a configuration, the worst first, else in the order of
 * the rules. `facts` adds what only the broker's machine can tell.
 */
export function audit(
  configuration: Configuration,
  effective: Effective,
  version: string,
  facts?: AuditFacts,
): Finding[] {
  const behaviour = behaviourOf(version);
  const opened = effective.loads ? openListeners(configuration.memory, behaviour) : [];
  const open = 'error' in opened ? [] : opened;
  const subject: Subject = { configuration, effective, open, behaviour };
  const findings = rules.flatMap((rule) => rule(subject));
  if (facts !== undefined) findings.push(...factFindings(subject, facts));
  return findings.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}
