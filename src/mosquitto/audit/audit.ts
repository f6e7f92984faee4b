import type { ConfigurationFiles } from '../config/files/files.ts';
import { isUnread } from '../config/model/gap.ts';
import type { Advised, Finding, Rule, Severity } from './advice/finding.ts';
import { type State, stateOf, Trials } from './advice/follow.ts';
import * as addresses from './rules/addresses.ts';
import { type AuditFacts, factFindings } from './rules/certificates.ts';
import * as clients from './rules/client-certificates.ts';
import * as encryption from './rules/encryption.ts';
import { faultsOf } from './rules/faults.ts';
import * as lines from './rules/lines.ts';
import { localOnlyMode } from './rules/local-only.ts';
import * as machine from './rules/machine.ts';
import { noRevocationList } from './rules/revocation.ts';
import * as scope from './rules/scope.ts';
import { unreadFindings } from './rules/unread.ts';
import * as waysIn from './rules/ways-in.ts';

const rules: Rule[] = [
  waysIn.openToNetwork,
  addresses.unmeantListener,
  addresses.websocketAddresses,
  waysIn.plainListener,
  localOnlyMode,
  waysIn.openToThisMachine,
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
