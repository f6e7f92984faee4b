import { asTrouble } from '../errors/system-trouble.ts';
import type { Finding } from '../mosquitto/audit/advice/finding.ts';
import type { StepId } from '../steps/contract/ids.ts';
import type { Setup } from '../steps/contract/setup.ts';
import type { Step } from '../steps/contract/step.ts';
import type { InspectReport } from '../steps/inspect/inspect.ts';
import { changesOn } from '../undo/change/change.ts';
import { operatorOn, personText } from '../undo/operator/operator.ts';

export interface Status {
  site: string;
  steps: {
    id: StepId;
    status: 'done' | 'todo' | 'blocked' | 'drifted';
    detail: string;
    notes?: string[];
  }[];
  expires: Expiry[];
  /** Where the running broker and its files part, what the next boot would show, certificates outside their time. */
  findings: Finding[];
  /** Who works on the broker now. */
  operator: string | null;
  /** A change that waits for its proof, and when its host puts it back; `overdue`: nobody there does any more. */
  waiting: { who: string; secondsLeft: number; overdue: boolean } | null;
}

export interface Expiry {
  what: string;
  /** ISO time. */
  at: string;
  /** Whole days from now; negative when it is past. */
  days: number;
}

/** Checks every step against the world. Changes nothing. */
export async function status(
  steps: readonly Step[],
  setup: Setup,
  expires: (setup: Setup) => Promise<Expiry[]>,
): Promise<Status> {
  const seen: Status['steps'] = [];
  let findings: Finding[] = [];
  for (const step of steps) {
    try {
      const check = await step.check(setup);
      const notes = check.notes ? { notes: check.notes } : {};
      seen.push({ id: step.id, status: check.status, detail: check.detail, ...notes });
      if (step.id === 'inspect') findings = ofRunning(check.report as InspectReport | null);
    } catch (error) {
      const trouble = asTrouble(error);
      if (trouble === null) throw error;
      seen.push({ id: step.id, status: 'blocked', detail: trouble.message });
    }
  }
  const who = await operatorOn(setup.broker).catch(() => null);
  const waits = await changesOn(setup.broker)
    .waiting()
    .catch(() => null);
  const waiting =
    waits === null || waits === 'reverting'
      ? null
      : { who: waits.who, secondsLeft: waits.secondsLeft, overdue: waits.overdue };
  const operator = who && personText(who);
  const site = setup.answers.broker;
  return { site, steps: seen, expires: await expires(setup), findings, operator, waiting };
}

/** What is not in the configuration itself. */
const ofTheMachine = new Set([
  ...[
    'next-restart-fails',
    'next-restart-untried',
    'untried-start',
    'edited-since',
    'gone-at-reboot',
    'undo-gone-at-reboot',
  ],
  ...['serves-other-certificate', 'not-yet-valid', 'expired'],
]);

const ofRunning = (report: InspectReport | null): Finding[] =>
  report?.findings.filter(({ id }) => ofTheMachine.has(id)) ?? [];

export function waitingText({ who, secondsLeft, overdue }: NonNullable<Status['waiting']>): string {
  const change = `A change made by ${who} is not proved yet`;
  if (overdue)
    return `${change}, and nothing there puts it back any more: "lockstep undo" does, or run the set-up again.`;
  return secondsLeft > 0
    ? `${change}: it goes back by itself in ${secondsLeft} s.`
    : `${change}, and its time is over: it goes back now.`;
}

export function statusText(status: Status, titles: Record<StepId, string>): string[] {
  return [
    `Broker: ${status.site}`,
    ...(status.operator ? [`Somebody works on it now: ${status.operator}`] : []),
    ...(status.waiting ? [waitingText(status.waiting)] : []),
    ...status.steps.flatMap((step, index) => [
      `${index + 1} ${titles[step.id].padEnd(16)} ${step.status.padEnd(8)} ${step.detail}`,
      ...(step.notes ?? []).map((note) => `    ${note}`),
    ]),
    ...status.findings.flatMap(({ severity, message, file, line, fix }) => [
      `${severity.charAt(0).toUpperCase()}${severity.slice(1)}: ${message}`,
      `  ${file}:${line}. ${fix}`,
    ]),
    ...status.expires.map(
      (item) => `Expires: ${item.what} on ${item.at.slice(0, 10)} (${item.days} days)`,
    ),
  ];
}
