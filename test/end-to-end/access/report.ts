import type { Case } from '../corpus/answers.ts';
import type { Choice, Met } from './meet.ts';

/** Everything that a reader of a failure needs: what was met, with which choice, and what was not as it has to be. */
export function reportOf(one: Case, choice: Choice, { outcome, findings }: Met): string {
  const files = [...one.files].map(
    ([name, bytes]) => `/etc/mosquitto/${name}:\n${indent(bytes.toString('latin1').trimEnd())}`,
  );
  return [
    `${one.name}, plainListener: ${choice}: ${outcome}`,
    ...findings.map((finding) => `* ${finding}`),
    ...files,
  ].join('\n');
}

const indent = (text: string): string =>
  text
    .split('\n')
    // A whole manual in comments says nothing of what is configured.
    .filter((line) => !/^\s*(#|$)/.test(line))
    .slice(0, 60)
    .map((line) => `    ${line}`)
    .join('\n');
