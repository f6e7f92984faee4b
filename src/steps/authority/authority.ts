import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { changedSince } from '../../errors/changed-since.ts';
import { type AuthorityState, inspectAuthority, notSound } from '../../pki/authority/authority.ts';
import { type ModeDrift, repairModes } from '../../pki/authority/authority-soundness.ts';
import { createAuthority } from '../../pki/authority/create-authority.ts';
import type { CertificateFacts } from '../../pki/x509/read-certificate.ts';
import { subjectFieldProblem, subjectFields } from '../../pki/x509/subject.ts';
import { shellQuoted } from '../../text/typed.ts';
import { pathProblem } from '../../this-machine/paths.ts';
import type { Change, Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import type { Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { choiceQuestion, keyChoices, numberQuestion, textQuestion } from '../questions/question.ts';
import { requireReachable } from '../reach/reached.ts';
import { folderOf } from '../reach/targets.ts';
import { authorityByHand } from './by-hand.ts';

export interface AuthorityReport {
  folder: string;
  state: AuthorityState['state'];
  /** The root certificate, where there is one. */
  certificate: CertificateFacts | null;
  encrypted: boolean;
  notes: string[];
}

/** Modes that are put right in an authority that is there; null: it is made. */
interface AuthorityWork {
  repair: ModeDrift[] | null;
}

/** Step 3: somebody whom both sides trust. */
export const authority: Step<AuthorityReport, AuthorityWork> = {
  ...lessons.authority,

  questions: (setup) => [
    ...subjectFields.map((field) =>
      textQuestion({
        id: `authority.subject.${field.id}`,
        label: field.prompt,
        help: `For example: ${field.example}`,
        check: (value) => subjectFieldProblem(field.id, value),
      }),
    ),
    choiceQuestion({
      id: 'authority.key',
      label: 'Key type',
      help: 'What the authority signs with.',
      choices: keyChoices,
    }),
    numberQuestion({
      id: 'authority.days',
      label: 'Valid for (days)',
      help: '3650 days are ten years.',
      from: 1,
      to: 36500,
      unit: 'days',
    }),
    choiceQuestion({
      id: 'authority.passphrase',
      label: 'Passphrase',
      help: 'Who has the key can make certificates that everybody believes.',
      choices: [
        { value: 'none', label: 'none', why: 'The key is protected by its file mode only.' },
        { value: 'ask', label: 'ask', why: 'The key is locked; you are asked when it signs.' },
      ],
    }),
    textQuestion({
      id: 'authority.folder',
      label: 'Folder',
      help: 'A folder of its own; the article uses /srv/ca.',
      offer: setup.folders.authority,
      check: (value) => (value === '' ? null : pathProblem(value)),
    }),
  ],

  byHand: (setup) => authorityByHand(setup, folderOf(setup)),

  async check(setup) {
    const folder = folderOf(setup);
    const found = await inspectAuthority(folder, setup.now());
    const sound = found.state === 'sound' ? found : null;
    const report: AuthorityReport = {
      folder,
      state: found.state,
      certificate: sound?.certificate.facts ?? null,
      encrypted: sound?.encrypted ?? false,
      notes: sound?.notes ?? [],
    };
    if (found.state === 'absent')
      return { status: 'todo', detail: `No authority in ${folder} yet.`, report };
    if (found.state === 'unfinished')
      return {
        status: 'todo',
        detail: 'Its making was interrupted; going on finishes it.',
        report,
      };
    if (found.state !== 'sound') {
      const trouble = notSound(found, folder);
      return { status: 'blocked', detail: trouble.message, report, trouble };
    }
    if (found.drift.length > 0)
      return { status: 'drifted', detail: 'Others may read what only you should.', report };
    const { commonName, subject } = found.certificate.facts;
    return { status: 'done', detail: `${commonName ?? subject}, in ${folder}.`, report };
  },

  async plan(setup) {
    const folder = folderOf(setup);
    const found = await inspectAuthority(folder, setup.now());
    if (found.state === 'foreign' || found.state === 'unsound') throw notSound(found, folder);
    if (found.state === 'sound') {
      const shown = { changes: found.drift.map(repair), notes: [] };
      return { shown, work: { repair: found.drift } };
    }
    await requireReachable(setup);
    const shown = { changes: creation(setup, folder), notes: notesFor(setup) };
    return { shown, work: { repair: null } };
  },

  async *apply(setup, { shown, work: { repair } }) {
    const folder = folderOf(setup);
    const found = await inspectAuthority(folder, setup.now());
    const drift = found.state === 'sound' ? found.drift : null;
    if (!isDeepStrictEqual(drift, repair)) throw changedSince(folder);
    if (repair) await repairModes(repair);
    else {
      yield { kind: 'progress', text: 'Making the key and signing its certificate' };
      const { subject, key, days, passphrase: wish } = setup.answers.authority;
      // An empty one is no passphrase, and refused as such: it never stands for "none".
      const locked =
        wish === 'ask' ? { passphrase: await setup.ask.authorityPassphrase('create', 1) } : {};
      await createAuthority(folder, { subject, keyType: key, days, ...locked }, setup.now());
    }
    for (const change of shown.changes) yield { kind: 'change', change };
  },

  async prove(setup) {
    const folder = folderOf(setup);
    const found = await inspectAuthority(folder, setup.now());
    const pass = found.state === 'sound' && found.drift.length === 0;
    return [
      {
        id: 'authority',
        title: 'Key and certificate belong together, and only you can read the key',
        expect: 'accepted',
        observed: pass ? 'accepted' : 'refused',
        cause: null,
        words:
          found.state === 'sound'
            ? `Authority made: ${found.certificate.facts.subject}`
            : notSound(found, folder).message,
        pass,
      },
    ];
  },
};

function creation(setup: Setup, folder: string): Change[] {
  const file = (name: string, mode: string, what: string): Change => ({
    host: setup.here.name,
    action: 'create',
    path: join(folder, name),
    mode,
    summary: `create ${join(folder, name)} (${mode}): ${what}`,
  });
  return [
    file('root_ca.key', '0600', 'the key that signs; it never leaves this folder'),
    file('root_ca.crt', '0644', 'its certificate, for everybody'),
  ];
}

function notesFor(setup: Setup): Plan['notes'] {
  const { days, passphrase } = setup.answers.authority;
  const ends = new Date(setup.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  return [
    { text: `Everything it signs ends with it, on ${ends}.`, warning: false },
    passphrase === 'ask'
      ? {
          text: 'You will be asked for a passphrase. Without it nothing can be signed later.',
          warning: false,
        }
      : {
          text: 'The key has no passphrase: whoever copies it can make certificates.',
          warning: false,
        },
  ];
}

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`;

function repair(drift: { path: string; mode: number; wanted: number }): Change {
  return {
    host: 'local',
    action: 'run',
    command: `chmod ${octal(drift.wanted)} ${shellQuoted(drift.path)}`,
    summary: `chmod ${octal(drift.wanted)} ${drift.path} (it is ${octal(drift.mode)})`,
  };
}
