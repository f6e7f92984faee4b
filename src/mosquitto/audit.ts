import type { ConfigurationFiles } from './files.ts';
import * as addresses from './findings/addresses.ts';
import { type AuditFacts, factFindings } from './findings/certificates.ts';
import * as clients from './findings/client-certificates.ts';
import * as doors from './findings/doors.ts';
import * as encryption from './findings/encryption.ts';
import { faultsOf } from './findings/faults.ts';
import type { Advised, Finding, Rule, Severity } from './findings/finding.ts';
import { type State, stateOf, Trials } from './findings/follow.ts';
import * as lines from './findings/lines.ts';
import { localOnlyMode } from './findings/local-only.ts';
import * as machine from './findings/machine.ts';
import { noRevocationList } from './findings/revocation.ts';
import * as scope from './findings/scope.ts';
import { unreadFindings } from './findings/unread.ts';
import { isUnread } from './gap.ts';

export type { AuditFacts, ValidityFact } from './findings/certificates.ts';
export type { Edit } from './findings/edit.ts';
export type { Advised, Finding, Severity } from './findings/finding.ts';

const rules: Rule[] = [
  doors.openToNetwork,
  addresses.unmeantListener,
  addresses.websocketAddresses,
  doors.plainListener,
  localOnlyMode,
  doors.openToThisMachine,
  addresses.anonymousForAll,
  addresses.oldListenerLines,
  encryption.halfPair,
  clients.identityWithoutCertificate,
  clients.noAuthority,
  clients.certificateWithoutIdentity,
  clients.noClientCertificate,
  encryption.tlsVersion,
  encryption.sharedKey,
  noRevocationList,
  clients.identityAndSubject,
  scope.perListener,
  scope.lostLines,
  lines.overridden,
  lines.includes,
  lines.values,
  machine.others,
  machine.openFolders,
];

const order: Severity[] = ['critical', 'warning', 'note'];

/**
 * What is wrong, dangerous or misleading in a configuration, the worst first, else in the order of
 * the rules. Advice that changes lines was carried out in memory: it lets in nobody who was not let
 * in before, and ends the finding. What does not load is put right in memory and read on, so that all
 * its faults are told, and whom it would let in. `facts` adds what only the broker's machine can tell.
 */
export async function audit(
  files: ConfigurationFiles,
  mainPath: string,
  version: string,
  facts?: AuditFacts,
): Promise<Advised[]> {
  const trials = new Trials(rules);
  const start = await stateOf(files, mainPath, version);
  const { findings: faults, repaired } = await faultsOf(start, trials);
  const { configuration } = (repaired ?? start).subject;
  const { gaps } = configuration;
  const unread = unreadFindings(gaps, configuration);
  // Of what cannot be put right here only a part was read: it says nothing of the whole.
  const advised = repaired ? await advisedOf(repaired, trials, facts) : [];
  const when = [
    ...(faults.length > 0 ? ['once the broker starts'] : []),
    ...(gaps.some(isUnread) ? ['by what was read'] : []),
  ].join(', ');
  const all = [...faults, ...unread.map(unadvised), ...advised.map((one) => under(when, one))];
  return all.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}

async function advisedOf(state: State, trials: Trials, facts?: AuditFacts): Promise<Advised[]> {
  const drafts = trials.drafts(state);
  const advised: Advised[] = [];
  for (const draft of drafts) advised.push(await trials.advise(draft, state, drafts));
  const known = facts === undefined ? [] : factFindings(state.subject, facts);
  return [...advised, ...known.map(unadvised)];
}

/** What is so only when something else is, or as far as was seen. */
const under = (when: string, one: Advised): Advised =>
  when === ''
    ? one
    : { ...one, message: `${when.charAt(0).toUpperCase()}${when.slice(1)}: ${one.message}` };

const unadvised = (draft: Finding): Advised => ({ ...draft, edits: null });

/** A finding without what is not told to scripts. */
export const plainFinding = ({ id, severity, file, line, message, fix }: Finding): Finding => ({
  ...{ id, severity, file, line, message, fix },
});
