import type { OpenSocket } from '../steps/contract/evidence.ts';
import type { StepId } from '../steps/contract/ids.ts';
import { stepIds } from '../steps/contract/ids.ts';
import type { Setup } from '../steps/contract/setup.ts';
import type { Step } from '../steps/contract/step.ts';
import { openWords } from '../steps/reach/open.ts';
import { RolledBack } from '../steps/run/commit.ts';
import { refuseWaiting } from '../steps/run/refuse-waiting.ts';
import { type WalkEvent, walk } from '../steps/run/walk.ts';
import { printableJson } from '../text/clean.ts';
import { fromHere } from './verify.ts';

/** How an unattended run ended. `partial`: `--through` stopped it before the last step. */
export type RunResult = 'secured' | 'unchanged' | 'failed' | 'rolled-back' | 'partial';

export interface RunOptions {
  through?: StepId;
  dryRun?: boolean;
  /** Called with each line of output, without its line end. */
  print(line: string): void;
  json: boolean;
  /** Called when a step is begun, so that a guided session can go on there. */
  reached?(step: StepId): void;
}

/** Whether it ends before the step in which a change that waits is proved, or put back. */
export const endsBeforeProof = ({ through }: Pick<RunOptions, 'through'>): boolean =>
  through !== undefined && stepIds.indexOf(through) < stepIds.indexOf('harden');

/**
 * The seven steps unattended. `withSetup` opens the site and closes it. Throws what stopped it, after
 * telling how it ended: that line comes last whatever happens, also when nothing could be opened.
 */
export async function run(
  steps: readonly Step[],
  withSetup: (act: (setup: Setup) => Promise<void>) => Promise<void>,
  options: RunOptions,
): Promise<void> {
  const started = performance.now();
  let begun = false;
  let changes = 0;
  const open: OpenSocket[] = [];
  let last: StepId | undefined;
  const tell = (event: WalkEvent) => {
    begun = true;
    const lines = options.json ? [printableJson(json(event))] : text(event);
    for (const line of lines) options.print(line);
  };
  const end = (result: RunResult) => {
    const seconds = Math.round(performance.now() - started) / 1000;
    // What was not knocked at is not told as closed, either.
    const told = last === 'verify' && (result === 'secured' || result === 'unchanged');
    const stays = told
      ? { open: open.map(({ port, address, who }) => ({ port, address, who })) }
      : {};
    const also = told ? openWords(open) : '';
    if (options.json) options.print(printableJson({ event: 'end', result, seconds, ...stays }));
    else if (begun) options.print(`${alsoSaid(words[result], also)} (${seconds.toFixed(1)} s)`);
  };
  try {
    await withSetup(async (setup) => {
      if (endsBeforeProof(options) || options.dryRun) await refuseWaiting(setup, options.dryRun);
      if (setup.putBackFirst && !options.dryRun) changes++;
      for await (const event of walk(steps, setup, options)) {
        if (event.kind === 'change') changes++;
        if (event.kind === 'evidence' && event.evidence.open) open.push(...event.evidence.open);
        if (event.step !== last) options.reached?.(event.step);
        last = event.step;
        tell(event);
      }
    });
  } catch (error) {
    end(error instanceof RolledBack ? 'rolled-back' : 'failed');
    throw error;
  }
  end(changes === 0 ? 'unchanged' : last === 'verify' ? 'secured' : 'partial');
}

/** In the same sentence: `Secured, and proved from outside; still open by choice: port 1883 (everybody).` */
const alsoSaid = (sentence: string, also: string): string =>
  also === '' ? sentence : `${sentence.slice(0, -1)}; ${also}`;

const words: Record<RunResult, string> = {
  secured: 'Secured, and proved from outside.',
  unchanged: 'Nothing was changed.',
  failed: 'Not finished.',
  'rolled-back': 'Put back as it was before.',
  partial: 'Done as far as asked.',
};

/** The events of the contract. */
function json(event: WalkEvent): object {
  switch (event.kind) {
    case 'step':
      return { event: 'step', step: event.step, status: event.status, detail: event.detail };
    case 'planned':
    case 'change': {
      const { host, path, command, action, owner, mode, names } = event.change;
      const about = { host, path, command, action, owner, mode, names };
      return { event: event.kind, step: event.step, ...about };
    }
    case 'access': {
      const { listener, who, from, before, after } = event.cell;
      return { event: 'access', listener, who, from, before, after };
    }
    case 'evidence': {
      const { id, expect, observed, cause, pass, from } = event.evidence;
      return { event: 'evidence', step: event.step, id, expect, observed, cause, pass, from };
    }
    default:
      return { event: event.kind, step: event.step, text: event.text };
  }
}

function text(event: WalkEvent): string[] {
  switch (event.kind) {
    case 'step':
      return event.status === 'running'
        ? [event.detail]
        : event.status === 'skipped'
          ? [`  ${event.rehearsed ? 'now' : 'in place already'}: ${event.detail}`]
          : event.status === 'failed'
            ? [`  FAILED: ${event.detail}`]
            : [];
    case 'planned':
      return [`  would ${event.change.summary}`];
    case 'change':
      return [`  ${event.change.summary}`];
    case 'access':
      // Told by the notes.
      return [];
    case 'evidence':
      return [
        `  ${event.evidence.pass ? 'ok  ' : 'FAIL'} ${event.evidence.title}${fromHere(event.evidence)}: ${event.evidence.words}`,
      ];
    case 'note':
      return [`  note: ${event.text}`];
    default:
      return [`  ${event.text}`];
  }
}
