import { Trouble } from '../../errors/trouble.ts';
import type { Cell } from '../../mosquitto/effective/access-table.ts';
import type { Armed } from '../contract/armed.ts';
import type { StepNews } from '../contract/events.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { StepId } from '../contract/ids.ts';
import type { Change, Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import type { Step } from '../contract/step.ts';

/** What an unattended run tells as it goes; the JSON of `run --json` is made of these. */
export type WalkEvent =
  | {
      kind: 'step';
      step: StepId;
      status: 'running' | 'done' | 'failed' | 'skipped';
      detail: string;
      /** With `skipped`: it is not in place, this is a dry run. */
      rehearsed?: true;
    }
  | { kind: 'planned'; step: StepId; change: Change }
  /** Somebody is told another thing at a listener after it. */
  | { kind: 'access'; step: StepId; cell: Cell }
  | { kind: 'change'; step: StepId; change: Change }
  | { kind: 'progress'; step: StepId; text: string }
  | { kind: 'note'; step: StepId; text: string }
  | { kind: 'evidence'; step: StepId; evidence: Evidence };

export interface WalkOptions {
  /** The last step to take. */
  through?: StepId;
  /** Only says what would be changed. */
  dryRun?: boolean;
}

/**
 * Takes the steps in order: what the world shows as done is skipped, the rest is planned, applied
 * and proved; steps that only look or prove are always taken. Throws the Trouble of the first step
 * that fails; what was done before it stays.
 */
export async function* walk(
  steps: readonly Step[],
  setup: Setup,
  options: WalkOptions = {},
): AsyncGenerator<WalkEvent> {
  for (const step of steps) {
    yield { kind: 'step', step: step.id, status: 'running', detail: step.title };
    try {
      goOn(setup);
      yield* options.dryRun ? onlyTold(step, setup) : take(step, setup);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      yield { kind: 'step', step: step.id, status: 'failed', detail };
      throw error;
    }
    if (step.id === options.through) return;
  }
}

async function* take(step: Step, setup: Setup): AsyncGenerator<WalkEvent> {
  let look: unknown;
  if (!step.observes) {
    const seen = await step.check(setup);
    if (seen.status === 'done') {
      yield* notes(step, seen.notes ?? []);
      yield { kind: 'step', step: step.id, status: 'skipped', detail: seen.detail };
      return;
    }
    if (seen.status === 'blocked') throw seen.trouble ?? new Trouble(seen.detail);
    look = seen.look;
  }
  const planned = await step.plan(setup, look);
  yield* planNotes(step, planned.shown);
  goOn(setup);
  let evidence: Evidence[] | null = null;
  for await (const event of step.apply(setup, planned))
    if (event.kind === 'proved') evidence = event.evidence;
    else yield told(step, event);
  evidence ??= await step.prove(setup);
  for (const item of evidence) yield { kind: 'evidence', step: step.id, evidence: item };
  const failed = evidence.filter((item) => !item.pass);
  if (failed.length > 0) throw notProved(step, failed);
  yield { kind: 'step', step: step.id, status: 'done', detail: step.title };
}

function told({ id }: Step, event: StepNews): WalkEvent {
  if (event.kind === 'change') return { kind: 'change', step: id, change: event.change };
  const text = event.kind === 'armed' ? armedText(event.armed) : event.text;
  return { kind: 'progress', step: id, text };
}

const armedText = (armed: Armed | null): string =>
  armed === null
    ? 'Proved: it stays'
    : `The broker's machine puts it back by itself in ${armed.seconds} s, unless it is proved`;

/** Who has interrupted it wants nothing more to begin, least of all a restart. */
function goOn({ signal }: Setup): void {
  if (!signal?.aborted) return;
  throw new Trouble('It was interrupted.', {
    next: 'Run it again: what is in place already is kept, and it goes on from there.',
    exitCode: 3,
  });
}

async function* onlyTold(step: Step, setup: Setup): AsyncGenerator<WalkEvent> {
  const seen = await step.check(setup);
  if (seen.status === 'blocked') throw seen.trouble ?? new Trouble(seen.detail);
  if (seen.status === 'done') yield* notes(step, seen.notes ?? []);
  else {
    const { shown: plan } = await step.plan(setup);
    yield* planNotes(step, plan);
    for (const cell of plan.access?.cells ?? []) yield { kind: 'access', step: step.id, cell };
    for (const change of plan.changes) yield { kind: 'planned', step: step.id, change };
  }
  const rehearsed = seen.status === 'done' ? {} : { rehearsed: true as const };
  yield { kind: 'step', step: step.id, status: 'skipped', detail: seen.detail, ...rehearsed };
}

const notes = (step: Step, texts: readonly string[]): WalkEvent[] =>
  texts.map((text) => ({ kind: 'note', step: step.id, text }));

const planNotes = (step: Step, plan: Plan): WalkEvent[] =>
  notes(
    step,
    [...(plan.access?.lines ?? []), ...plan.notes].map(({ text }) => text),
  );

export function notProved(step: Pick<Step, 'title'>, failed: readonly Evidence[]): Trouble {
  const first = failed[0];
  const [count, rest] = [failed.length, failed.slice(1)];
  return new Trouble(`${step.title}: ${count === 1 ? 'one proof' : `${count} proofs`} failed.`, {
    likely: first ? `${first.title}: ${first.words}` : '',
    next: 'Put the cause right and run it again; what is in place already is kept.',
    detail: rest.map((item) => `${item.title}: ${item.words}`).join('\n'),
  });
}
