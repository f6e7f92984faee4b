import type { Setup } from '../steps/setup.ts';
import type { Step, StepId } from '../steps/step.ts';
import { Trouble } from '../trouble.ts';

export interface Status {
  site: string;
  steps: {
    id: StepId;
    status: 'done' | 'todo' | 'blocked' | 'drifted';
    detail: string;
    notes?: string[];
  }[];
  expires: Expiry[];
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
  for (const step of steps) {
    try {
      const check = await step.check(setup);
      const notes = check.notes ? { notes: check.notes } : {};
      seen.push({ id: step.id, status: check.status, detail: check.detail, ...notes });
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      seen.push({ id: step.id, status: 'blocked', detail: error.message });
    }
  }
  return { site: setup.answers.broker, steps: seen, expires: await expires(setup) };
}

export function statusText(status: Status, titles: Record<StepId, string>): string[] {
  return [
    `Broker: ${status.site}`,
    ...status.steps.flatMap((step, index) => [
      `${index + 1} ${titles[step.id].padEnd(16)} ${step.status.padEnd(8)} ${step.detail}`,
      ...(step.notes ?? []).map((note) => `    ${note}`),
    ]),
    ...status.expires.map(
      (item) => `Expires: ${item.what} on ${item.at.slice(0, 10)} (${item.days} days)`,
    ),
  ];
}
