import type { StepId } from '../../src/steps/contract/ids.ts';
import type { StepState } from '../../state/machine/step-machine.ts';

/** Steps that change nothing: of them no change is worked out, nor made. */
const onlyLooks: readonly StepId[] = ['inspect', 'anonymous', 'verify'];

/** What is under way on a step, in a few words. */
export function doing(id: StepId, step: StepState): string {
  const { phase, progress } = step;
  const changes = !onlyLooks.includes(id);
  if (phase === 'planning' && changes) return 'Working out what to change';
  if (phase === 'applying' && changes) return progress.at(-1) ?? 'Making the changes';
  if (phase === 'proving') return 'Proving it from outside';
  return progress.at(-1) ?? 'Looking at how things are';
}
