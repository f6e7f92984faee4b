import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { inspectAuthority, notSound } from '../../pki/authority/authority.ts';
import { issueCertificates } from '../../pki/issue/issue.ts';
import {
  firstOf,
  type IssuePlan,
  type IssueShown,
  type IssueWanted,
  planIssue,
} from '../../pki/issue/issue-plan.ts';
import type { Certificate, CertificateFacts } from '../../pki/x509/read-certificate.ts';
import { readableName, usableNames } from '../../pki/x509/san.ts';
import { clean } from '../../text/clean.ts';
import type { Change } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import type { Check, Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { brokerName, clientListQuestion, nameListQuestion } from '../questions/names.ts';
import { choiceQuestion, keyChoices, numberQuestion } from '../questions/question.ts';
import { folderOf, isNamed } from '../reach/targets.ts';
import { certificatesByHand } from './by-hand.ts';
import { claimNotes, claimQuestion, nameOrigins } from './claimed.ts';
import { openForSigning } from './signing.ts';

/** The chain of trust: the authority and everybody it vouches for. */
export interface CertificatesReport {
  authority: CertificateFacts | null;
  holders: Holder[];
}

export interface Holder {
  name: string;
  kind: 'broker' | 'client';
  names: string[];
  days: number;
  /** The certificate that is there, good or not. */
  facts: CertificateFacts | null;
  /** What there is to do, and why; `stuck`: nothing, for a reason. */
  action: IssuePlan['action'] | 'stuck';
  reason: string | null;
}

/** Whose certificate can be neither kept nor issued: its files cannot be read, for instance. */
interface Stuck {
  wanted: IssueWanted;
  trouble: Trouble;
}

/** Step 4: one certificate for the broker, one for every client. */
export const certificates: Step<CertificatesReport, readonly IssueShown[]> = {
  ...lessons.certificates,

  questions: (setup) => [
    nameListQuestion(setup),
    ...claimQuestion(setup),
    clientListQuestion(),
    numberQuestion({
      id: 'certificates.days',
      label: 'Valid for (days)',
      help: '825 days is the most that all common clients accept.',
      from: 1,
      to: 36500,
      unit: 'days',
    }),
    choiceQuestion({
      id: 'certificates.key',
      label: 'Key type',
      help: 'For the broker and the clients.',
      choices: keyChoices,
    }),
  ],

  byHand: (setup) => certificatesByHand(setup, folderOf(setup), wantedCertificates(setup)),

  async check(setup): Promise<Check<CertificatesReport>> {
    const nameless = namesMissing(setup);
    if (nameless)
      return { status: 'blocked', detail: nameless.message, report: null, trouble: nameless };
    const folder = folderOf(setup);
    const found = await inspectAuthority(folder, setup.now());
    const wanted = wantedCertificates(setup);
    if (found.state !== 'sound')
      return {
        status: 'todo',
        detail: 'Needs the authority first.',
        report: { authority: null, holders: wanted.map((one) => holder(one, null)) },
      };
    const all = await everyPlan(setup, found.certificate, wanted);
    const report = {
      authority: found.certificate.facts,
      holders: all.map((one) => (isStuck(one) ? stuck(one) : holder(one.wanted, one))),
    };
    const odd = all.find(isStuck);
    if (odd) {
      const { trouble } = odd;
      return { status: 'blocked', detail: trouble.message, report, trouble };
    }
    const plans = all.flatMap((one) => (isStuck(one) ? [] : [one]));
    const open = plans.filter((plan) => plan.action !== 'keep');
    if (open.length === 0)
      return { status: 'done', detail: `${plans.length} certificates, signed and valid.`, report };
    const again = open.find((plan) => plan.action === 'reissue');
    return again
      ? { status: 'drifted', detail: `${again.wanted.name}: ${again.reason}`, report }
      : { status: 'todo', detail: `${open.length} to be issued.`, report };
  },

  async plan(setup) {
    const wanted = wantedCertificates(setup);
    const found = await inspectAuthority(folderOf(setup), setup.now());
    if (found.state === 'foreign' || found.state === 'unsound')
      throw notSound(found, folderOf(setup));
    const plans = found.state === 'sound' ? await plansFor(setup, wanted) : [];
    const open = found.state === 'sound' ? plans.filter((plan) => plan.action !== 'keep') : null;
    const issued = open?.map((plan) => plan.wanted) ?? wanted;
    const changes = issued.flatMap((one) =>
      filesOf(
        setup,
        one,
        plans.find((plan) => plan.wanted === one),
      ),
    );
    const again = (open ?? []).flatMap((plan) =>
      plan.reason ? [`${plan.wanted.name} is issued again: ${plan.reason}`] : [],
    );
    const claims = issued.some(({ kind }) => kind === 'broker') ? claimNotes(setup) : [];
    const notes = [...again, ...claims, ...addressLeftOut(setup)];
    const shown = { changes, notes: notes.map((text) => ({ text, warning: true })) };
    return { shown, work: found.state === 'sound' ? plans : wanted.map(firstOf) };
  },

  async *apply(setup, { shown, work }) {
    if (shown.changes.length === 0) return;
    const authority = await openForSigning(setup);
    yield { kind: 'progress', text: 'Making keys and signing certificates' };
    await issueCertificates(authority, wantedCertificates(setup), setup.now(), {
      signal: setup.signal,
      shown: work,
    });
    for (const change of shown.changes) yield { kind: 'change', change };
  },

  async prove(setup) {
    const { status, detail } = await certificates.check(setup);
    return [
      {
        id: 'chain',
        title: 'Every certificate is signed by the authority and says what it is for',
        expect: 'accepted',
        observed: status === 'done' ? 'accepted' : 'refused',
        cause: null,
        words: detail,
        pass: status === 'done',
      },
    ];
  },
};

/** Nobody gave one, and what it was reached by is none, as 127.1 in the configuration of SSH. */
function namesMissing({ answers, broker }: Setup): Trouble | null {
  if (answers.names?.length) return null;
  return new Trouble('The broker has no name that a client could check.', {
    likely: `None was given, and ${clean(broker.address)} cannot stand in a certificate.`,
    next: 'Give one, such as rock-4se.local or 192.168.1.20: "names" in the answers, or --name.',
  });
}

/** Most clients insist that what they call the broker by is in its certificate, letter by letter. */
function addressLeftOut(setup: Setup): string[] {
  const { address } = setup.broker;
  const shown = readableName(clean(address));
  if (!isNamed(setup, address))
    return [`${shown} is not among the broker's names: a client that uses it refuses the broker.`];
  return address.includes('%')
    ? [
        `Most clients refuse an address with a zone, as ${shown}: "names" in the answers, or --name, adds another one.`,
      ]
    : [];
}

/** The broker's certificate first, then the clients'. */
export function wantedCertificates(setup: Setup): IssueWanted[] {
  const { certificates: answers, clients, names = [] } = setup.answers;
  const { key: keyType, days } = answers;
  return [
    { name: brokerName(setup), kind: 'broker', names: usableNames(names), keyType, days },
    ...clients.map(({ name }) => ({ name, kind: 'client' as const, names: [], keyType, days })),
  ];
}

async function plansFor(setup: Setup, wanted: IssueWanted[]): Promise<IssuePlan[]> {
  const folder = folderOf(setup);
  const found = await inspectAuthority(folder, setup.now());
  if (found.state !== 'sound') throw notSound(found, folder);
  const all = await everyPlan(setup, found.certificate, wanted);
  return all.map((one) => {
    if (isStuck(one)) throw one.trouble;
    return one;
  });
}

/** One that is stuck keeps nobody from seeing the others. */
async function everyPlan(
  setup: Setup,
  authority: Certificate,
  wanted: readonly IssueWanted[],
): Promise<(IssuePlan | Stuck)[]> {
  const plans: (IssuePlan | Stuck)[] = [];
  for (const one of wanted)
    try {
      plans.push(await planIssue(folderOf(setup), authority, one, setup.now()));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      plans.push({ wanted: one, trouble });
    }
  return plans;
}

const isStuck = (one: IssuePlan | Stuck): one is Stuck => 'trouble' in one;

const stuck = ({ wanted, trouble }: Stuck): Holder => ({
  ...holder(wanted, null),
  action: 'stuck',
  reason: trouble.message,
});

function holder(wanted: IssueWanted, plan: IssuePlan | null): Holder {
  return {
    name: wanted.name,
    kind: wanted.kind,
    names: plan?.names.map((name) => name.value) ?? [...wanted.names],
    days: wanted.days,
    facts: plan?.present?.facts ?? null,
    action: plan?.action ?? 'issue',
    reason: plan?.reason ?? null,
  };
}

function filesOf(setup: Setup, wanted: IssueWanted, plan?: IssuePlan): Change[] {
  const { name, kind } = wanted;
  const folder = folderOf(setup);
  const of = kind === 'broker' ? 'the broker' : 'the client';
  const file = (ending: string, mode: string, what: string, there: boolean): Change => ({
    host: setup.here.name,
    action: there ? 'replace' : 'create',
    path: join(folder, `${name}.${ending}`),
    mode,
    summary: `${there ? 'replace' : 'create'} ${join(folder, `${name}.${ending}`)} (${mode}): ${what}`,
  });
  const again = plan?.present != null;
  return [
    ...(plan?.key ? [] : [file('key', '0600', `the key of ${of}`, plan?.setAside === true)]),
    file('csr', '0644', 'the request for it', again),
    kind === 'broker'
      ? {
          ...file('crt', '0644', `the certificate of ${of}${forNames(setup)}`, again),
          names: nameOrigins(setup),
        }
      : file('crt', '0644', `the certificate of ${of}`, again),
  ];
}

/** Nothing is signed before it is shown. */
const forNames = (setup: Setup): string =>
  `, for ${nameOrigins(setup)
    .filter(({ signed }) => signed)
    .map(({ name, from }) => `${readableName(name)}${from === 'host' ? ' (claimed)' : ''}`)
    .join(', ')}`;
