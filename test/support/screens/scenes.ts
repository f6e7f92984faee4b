import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import { armedFor } from '../../../src/steps/contract/armed.ts';
import type { Evidence } from '../../../src/steps/contract/evidence.ts';
import type { StepId } from '../../../src/steps/contract/ids.ts';
import { stepIds } from '../../../src/steps/contract/ids.ts';
import type { Change, Plan } from '../../../src/steps/contract/plan.ts';
import type { Question } from '../../../src/steps/contract/question.ts';
import type { HardenReport } from '../../../src/steps/harden/plan.ts';
import {
  choiceQuestion,
  keyChoices,
  numberQuestion,
  textQuestion,
} from '../../../src/steps/questions/question.ts';
import type { Event } from '../../../state/machine/machine.ts';
import type { TroubleView } from '../../../state/machine/step-machine.ts';
import { FakeFeed, FakeSession } from './fake-session.ts';

export const answers = { ...defaultAnswers('pi@rock-4se') };

export const questions: Question[] = [
  textQuestion({
    id: 'authority.subject.organization',
    label: 'Organization',
    help: 'For example: Example Ltd',
    check: () => null,
  }),
  textQuestion({
    id: 'authority.subject.commonName',
    label: 'Common name',
    help: 'For example: Highly Trusted CA',
    check: (value: string) => (value ? null : 'It needs a name.'),
  }),
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
];

export const trouble: TroubleView = {
  what: 'The broker does not come up with the new configuration.',
  likely: 'Another program has port 8883.',
  next: 'Stop it ("sudo ss -ltnp" names it), then try again.',
  detail: '1758: Error: Address already in use\n1758: mosquitto version 2.0.11 terminating',
};

const opened = (step: StepId): Event[] => [
  { type: 'choose', answers },
  {
    type: 'opened',
    broker: {
      name: 'rock-4se',
      address: '10.77.60.2',
      version: '2.0.11',
      ports: { plain: 1883, tls: 8883 },
      caveats: [],
    },
    answers,
    step,
  },
];

const done = (step: StepId): Event[] => [
  { type: 'checking', step },
  { type: 'checked', step, check: { status: 'done', detail: 'It is in place.', report: null } },
];

/** At a step, all before it done, and itself found to be as given. */
export const at = (
  step: StepId,
  status: 'todo' | 'done' | 'drifted' = 'todo',
  detail = 'Not there yet.',
): Event[] => [
  ...opened(step),
  ...stepIds.slice(0, stepIds.indexOf(step)).flatMap(done),
  { type: 'checking', step },
  { type: 'checked', step, check: { status, detail, report: null } },
];

export const changes: Change[] = [
  {
    host: 'rock-4se',
    action: 'replace',
    path: '/etc/mosquitto/conf.d/access.conf',
    owner: 'root:root',
    mode: '0644',
    summary: 'the broker asks for certificates on port 8883',
    diff: '--- access.conf\n+++ access.conf\n@@ -1,2 +1,4 @@\n-listener 1883\n-allow_anonymous true\n+listener 8883\n+certfile /etc/mosquitto/certs/current/rock-4se.crt\n+require_certificate true\n+tls_version tlsv1.3\n',
  },
  {
    host: 'rock-4se',
    action: 'restart',
    command: 'systemctl restart mosquitto',
    summary: 'restart the broker',
  },
];

const restart = changes[1] as Change;

export const evidence: Evidence[] = [
  {
    id: 'mtls',
    title: 'A message over mTLS from client01',
    expect: 'accepted',
    observed: 'accepted',
    cause: null,
    words: '',
    pass: true,
  },
  {
    id: 'none',
    title: 'A client without a certificate',
    expect: 'refused',
    observed: 'refused',
    cause: 'certificate-required',
    words: 'The broker asks for a certificate and got none.',
    pass: true,
  },
  {
    id: 'stranger',
    title: "A certificate of a stranger's authority",
    expect: 'refused',
    observed: 'refused',
    cause: 'unknown-ca',
    words: 'The broker does not know who signed it.',
    pass: true,
  },
  {
    id: 'plain',
    title: 'A client without any proof on port 1883',
    expect: 'refused',
    observed: 'refused',
    cause: 'not-authorised',
    words: 'The broker answers: not authorised (5).',
    pass: true,
  },
];

const seenAt = new Date('2026-10-08T12:00:00Z');
const fate = 'stays' as const;
const movingReport: HardenReport = {
  before: [],
  after: [],
  contradictions: [],
  plain: 1883,
  closing: 'waits',
  closedBy: 'refuse',
  use: {
    since: new Date('2026-10-01T10:00:00Z'),
    untold: null,
    at: seenAt,
    clients: [
      {
        ...{ clientId: 'pump7', address: '10.77.60.7', user: 'pumps', fate },
        ...{ lastSeen: seenAt, connected: true, endpoint: '10.77.60.7 51234' },
      },
      {
        ...{
          clientId: 'a client with a name of great length',
          address: 'fd00::1:2:3:4',
          user: null,
        },
        ...{ lastSeen: new Date('2026-10-05T12:00:00Z'), connected: false, endpoint: null, fate },
      },
      {
        ...{ clientId: null, address: '10.77.60.9', user: null, fate },
        ...{ lastSeen: new Date('2026-10-08T11:30:00Z'), connected: false, endpoint: null },
      },
    ],
  },
};

/** Who gets in, as a plan begins with it. */
const access: NonNullable<Plan['access']> = {
  lines: [
    { text: '1883 · anonymous: refused from now on, 2 seen: pump-3, roof', warning: true },
    { text: '1884 · password: as before', warning: true },
    { text: '8883 · anonymous: refused', warning: false },
    { text: '8883 · certificates of Highly Trusted CA: let in from now on', warning: false },
  ],
  cells: [],
};

const planned = (step: StepId): Event[] => [
  ...at(step),
  { type: 'act' },
  {
    type: 'planned',
    step,
    plan: {
      changes,
      notes: [{ text: 'Clients without a certificate lose their connection.', warning: true }],
    },
  },
];
const applying = (step: StepId): Event[] => [
  ...planned(step),
  { type: 'agree' },
  { type: 'progress', step, event: { kind: 'progress', text: 'Writing access.conf' } },
  { type: 'progress', step, event: { kind: 'change', change: changes[0] as Change } },
];
const waiting = (): Event[] => [
  ...at(
    'harden',
    'todo',
    'A change made by anna from lab-3 waits for its proof; it goes back by itself in 84 s.',
  ),
  { type: 'act' },
  {
    type: 'planned',
    step: 'harden',
    plan: {
      changes: [
        {
          host: 'rock-4se',
          action: 'run',
          command: 'keep the change',
          summary: 'keep the change that is in place, if it proves itself now',
        },
      ],
      notes: [
        {
          text: 'If you agree, the change is tested now, from outside. If it passes, it stays; if not, it is put back at once.',
          warning: false,
        },
      ],
      armed: armedFor(84),
      agree: 'Prove it now, and keep it if that holds',
      otherwise: { label: 'Put it back now', plan: { changes: [], notes: [] } },
    },
  },
];
const proved = (step: StepId, list = evidence): Event[] => [
  ...applying(step),
  { type: 'applied', step },
  { type: 'proved', step, evidence: list },
  { type: 'checked', step, check: { status: 'done', detail: 'It is in place.', report: null } },
];

const feed = (): FakeFeed => {
  const pane = new FakeFeed();
  pane.arrive('test/test', 'Test1');
  pane.arrive('test/temp', '21.4');
  return pane;
};

const session = (events: Event[], live = true): FakeSession => {
  const made = new FakeSession({ answers, questions, events });
  if (live) made.pane = feed();
  return made;
};

/** Every kind of screen there is, by name. */
export const scenes: Record<string, () => FakeSession> = {
  'welcome, fresh': () => new FakeSession(),
  'welcome, with earlier set-ups': () =>
    new FakeSession({
      sites: [
        { id: 'a', answers, step: 'certificates', updated: '2026-10-01T10:00:00Z' },
        { id: 'b', answers: defaultAnswers(), step: 'verify', updated: '2026-09-01T10:00:00Z' },
      ],
    }),
  opening: () =>
    new FakeSession({
      answers,
      events: [
        { type: 'choose', answers },
        { type: 'doing', text: 'Connecting to rock-4se' },
      ],
    }),
  'not reached': () =>
    new FakeSession({
      answers,
      events: [
        { type: 'choose', answers },
        {
          type: 'not-opened',
          trouble: {
            what: 'rock-4se does not answer.',
            likely: 'It is switched off, or the address is wrong.',
            next: 'Try "ssh pi@rock-4se" in another window.',
            detail: '',
          },
        },
      ],
    }),
  checking: () => session([...opened('inspect'), { type: 'checking', step: 'inspect' }]),
  'ready, with answers': () => session(at('authority')),
  'ready, done': () => session(at('distribute', 'done', 'All files are in their places.')),
  drifted: () =>
    session(at('distribute', 'drifted', 'The mode of the broker key is 0644; it should be 0600.')),
  'open while devices move': () =>
    session([
      ...at('harden'),
      { type: 'checking', step: 'harden' },
      {
        type: 'checked',
        step: 'harden',
        check: {
          status: 'done',
          detail:
            'Port 8883 takes holders of a certificate only; port 1883 is still open to everybody, and used by pump7, somebody at 10.77.60.9.',
          report: movingReport,
        },
      },
    ]),
  planned: () => session(planned('harden')),
  'planned, with who gets in': () =>
    session([
      ...at('harden'),
      { type: 'act' },
      { type: 'planned', step: 'harden', plan: { changes, notes: [], access } },
    ]),
  'planned, all in view': () =>
    session([
      ...at('distribute'),
      { type: 'act' },
      {
        type: 'planned',
        step: 'distribute',
        plan: {
          changes: [restart],
          notes: [{ text: 'The broker goes on as before.', warning: false }],
        },
      },
    ]),
  applying: () => session(applying('harden')),
  proving: () => session([...applying('harden'), { type: 'applied', step: 'harden' }]),
  armed: () =>
    session([
      ...applying('harden'),
      { type: 'progress', step: 'harden', event: { kind: 'armed', armed: armedFor(120) } },
      { type: 'applied', step: 'harden' },
    ]),
  'a change waits for its proof': () => session(waiting()),
  failed: () => session([...applying('harden'), { type: 'failed', step: 'harden', trouble }]),
  proved: () => session(proved('harden', evidence.slice(0, 2))),
  finished: () => session(proved('verify')),
  'finished before': () => session(at('verify', 'done', '8 of 8 proofs hold.')),
  secret: () =>
    session([
      ...at('authority'),
      {
        type: 'asked',
        request: {
          kind: 'secret',
          label: 'A passphrase for the authority',
          help: 'It protects the key that can sign anything. It is kept nowhere: who forgets it makes a new authority.',
          attempt: 1,
          repeat: true,
          shortest: 4,
        },
      },
    ]),
  'host key': () =>
    new FakeSession({
      answers,
      events: [
        { type: 'choose', answers },
        {
          type: 'asked',
          request: {
            kind: 'choice',
            label: 'Is this the right machine?',
            help: 'rock-4se has not been seen before. Compare its key with the one on its own screen: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
            lines: ['ED25519  SHA256:6uGc1VDM7aTkhW9eVVf8fGmWZ0dFqyWlPmhqR3yJ0u8'],
            choices: [
              { value: 'no', label: 'No, do not connect' },
              { value: 'yes', label: 'Yes, it is the same; remember it' },
            ],
          },
        },
      ],
    }),
};
