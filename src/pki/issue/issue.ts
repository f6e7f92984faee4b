import { chmod } from 'node:fs/promises';
import { changedSince } from '../../errors/changed-since.ts';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { diskTrouble, placeNew, replace } from '../../this-machine/files.ts';
import type { Authority } from '../authority/authority.ts';
import { certificateMode, type HolderFiles, holderFiles, keyMode } from '../folder/layout.ts';
import { keepSuperseded, setKeyAside, sweepAll } from '../folder/superseded.ts';
import { generateKey } from '../keys/key.ts';
import { writeKey } from '../keys/key-file.ts';
import type { RegisterFact } from '../register/fact.ts';
import { soundRegister } from '../register/rebuild-register.ts';
import { appendToRegister, issuedFact, type Register } from '../register/register.ts';
import { type HolderKind, makeCertificate } from '../x509/certificate.ts';
import {
  type Certificate,
  type CertificateFacts,
  readCertificate,
} from '../x509/read-certificate.ts';
import { makeRequest, readRequest } from '../x509/request.ts';
import {
  type IssuePlan,
  type IssueShown,
  type IssueWanted,
  isSameIssue,
  planIssue,
} from './issue-plan.ts';

/** One certificate that is now in the authority's folder. */
export interface Issued {
  name: string;
  kind: HolderKind;
  action: 'kept' | 'issued' | 'reissued';
  /** Why the earlier one did not do; null unless reissued. */
  reason: string | null;
  facts: CertificateFacts;
  files: HolderFiles;
  /** It ends with the authority, earlier than was asked for. */
  cutToAuthority: boolean;
}

export interface IssueOptions {
  /** Told of each as it is done (not in the order given). */
  onIssued?: (issued: Issued) => void;
  /** What was shown: where something else would be done by now, nothing is, and a Trouble says so. */
  shown?: readonly IssueShown[];
  /** Stops before the next one; what is done stays done. */
  signal?: AbortSignal;
}

/**
 * Sees to it that every holder has its key, request and certificate in the authority's folder, two
 * at a time. What is there and does is kept; what does not is reissued for the same key, the earlier
 * certificate going to `superseded/`. Idempotent, and safe to kill at any instant: each file is
 * whole or not there, and doing it again completes it. Nothing is written before all can be done.
 */
export async function issueCertificates(
  authority: Authority,
  wanted: readonly IssueWanted[],
  now: Date,
  options: IssueOptions = {},
): Promise<{ issued: Issued[]; notes: string[] }> {
  requireDifferentNames(wanted);
  const plans: IssuePlan[] = [];
  for (const one of wanted)
    plans.push(await planIssue(authority.folder, authority.certificate, one, now));
  for (const [at, plan] of plans.entries()) {
    const shown = options.shown?.[at];
    if (options.shown && !(shown && isSameIssue(plan, shown)))
      throw changedSince(holderFiles(authority.folder, plan.wanted.name).certificate);
  }
  const register = await soundRegister(authority.folder, authority.certificate, now);
  await sweepAll(authority.folder);
  const issued: Issued[] = [];
  const queue = plans.entries();
  // A lane takes the next plan when it has done one; making an RSA key takes a core each.
  // The first to fail stops both: on a full disk the others would fail as well.
  let stopped = false;
  const lane = async () => {
    try {
      for (const [at, plan] of queue) {
        options.signal?.throwIfAborted();
        if (stopped) return;
        const done = await carryOut(authority, plan, register, now);
        issued[at] = done;
        options.onIssued?.(done);
      }
    } catch (error) {
      stopped = true;
      throw error;
    }
  };
  const lanes = await Promise.allSettled([lane(), lane()]);
  const failed = lanes.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return { issued, notes: register.notes };
}

async function carryOut(
  authority: Authority,
  plan: IssuePlan,
  register: Register,
  now: Date,
): Promise<Issued> {
  const { folder, issuer } = authority;
  const { wanted, names, present } = plan;
  const { name, kind, days } = wanted;
  const files = holderFiles(folder, name);
  const about = { name, kind, files };
  if (plan.action === 'keep' && present) {
    await appendToRegister(folder, factsAbout(register, present, kind, now));
    const cutToAuthority = present.facts.notAfter >= authority.certificate.facts.notAfter;
    return { ...about, action: 'kept', reason: null, facts: present.facts, cutToAuthority };
  }
  if (plan.setAside) await setKeyAside(folder, name, now);
  const key = plan.key ?? (await generateKey(wanted.keyType));
  if (plan.key) await privateMode(files.key);
  else await placeNew(folder, `${name}.key`, await writeKey(key), keyMode);
  const subject = { commonName: name };
  const csr = makeRequest(subject, key, names);
  await replace(folder, `${name}.csr`, csr, certificateMode);
  const { publicKey } = readRequest(csr, `${name}.csr`);
  const made = makeCertificate({ kind, subject, key: publicKey, names, days }, issuer, now);
  const certificate = readCertificate(made.pem, `${name}.crt`);
  if (present) await keepSuperseded(folder, name, present);
  await replace(folder, `${name}.crt`, made.pem, certificateMode);
  await appendToRegister(folder, factsAbout(register, certificate, kind, now));
  const action = present ? 'reissued' : 'issued';
  const { cutToAuthority } = made;
  return { ...about, action, reason: plan.reason, facts: certificate.facts, cutToAuthority };
}

/**
 * What the register has to be told of a certificate that is now the one of its holder: that it was
 * issued, and that it has taken the place of earlier ones. Nothing when it knows the certificate;
 * it may not, when an earlier run was interrupted before the line was written.
 */
function factsAbout(
  register: Register,
  certificate: Certificate,
  kind: HolderKind,
  now: Date,
): RegisterFact[] {
  const { serial } = certificate.facts;
  if (register.entries.has(serial)) return [];
  const replaced = [...register.entries.values()].filter(
    (one) => one.kind === kind && one.name === certificate.facts.commonName && !one.supersededBy,
  );
  const serials = replaced.map((one) => one.serial);
  return [issuedFact(certificate, kind, now, serials)];
}

async function privateMode(path: string): Promise<void> {
  try {
    await chmod(path, keyMode);
  } catch (error) {
    throw diskTrouble(error, 'write', path);
  }
}

function requireDifferentNames(wanted: readonly IssueWanted[]): void {
  const seen = new Set<string>();
  for (const { name } of wanted) {
    // Some file systems do not tell capitals apart.
    const folded = name.toLowerCase();
    if (seen.has(folded)) {
      throw new Trouble(`The name ${clean(name, 80)} is asked for twice.`, {
        next: 'Give each holder a name of its own; capitals do not count.',
      });
    }
    seen.add(folded);
  }
}
