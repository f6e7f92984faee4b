import type { Evidence } from '../steps/contract/evidence.ts';
import type { Setup } from '../steps/contract/setup.ts';
import type { Step } from '../steps/contract/step.ts';

/** The JSON of `verify --json`. */
export interface Verification {
  broker: string;
  version: string;
  checks: Pick<Evidence, 'id' | 'expect' | 'observed' | 'cause' | 'pass' | 'from'>[];
  passed: number;
  failed: number;
}

/** Proves from outside what gets in and what does not. Changes nothing. */
export async function verify(
  step: Step,
  setup: Setup,
): Promise<{ verification: Verification; evidence: Evidence[] }> {
  const evidence = await step.prove(setup);
  const passed = evidence.filter((item) => item.pass).length;
  return {
    evidence,
    verification: {
      broker: setup.answers.broker,
      version: setup.broker.version,
      checks: evidence.map(({ id, expect, observed, cause, pass, from }) => ({
        ...{ id, expect, observed, cause, pass },
        ...(from === undefined ? {} : { from }),
      })),
      passed,
      failed: evidence.length - passed,
    },
  };
}

export function evidenceText(evidence: readonly Evidence[]): string[] {
  return evidence.map(
    (item) =>
      `${item.pass ? 'ok  ' : 'FAIL'} ${item.title} (${item.expect}${fromHere(item)}): ${item.words}`,
  );
}

/** Anything else is said in the words. */
export const fromHere = ({ from }: Evidence): string => (from === 'here' ? ', seen from here' : '');
