import { Trouble } from '../../src/errors/trouble.ts';
import { parseTarget } from '../../src/host/ssh/syntax/target.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import { pathProblem } from '../../src/this-machine/paths.ts';

/** What is asked for a broker on another machine; the answers go where the answers file has them. */
export const remoteQuestions: readonly Question[] = [
  {
    id: 'broker',
    label: 'Address',
    help: '[user@]host[:port], or a name from your SSH configuration. Example: pi@rock-4se',
    kind: 'text',
    get: (answers) => answers.broker,
    set: (answers, value) => ({ ...answers, broker: value.trim() }),
    check: (value) => {
      const address = value.trim();
      if (address === '') return 'Say where it is: [user@]host[:port], for example pi@rock-4se.';
      if (/\s/.test(address)) return 'An address has no blanks in it.';
      if (address.startsWith('-')) return 'An address does not begin with a dash.';
      return address === 'practice' || address === 'local'
        ? 'This word stands for another choice. Add the user: user@practice.'
        : notATarget(address);
    },
  },
  {
    id: 'identity',
    label: 'Key file',
    help: 'Only if SSH should use a certain key. Empty: your agent, your usual keys, or a password.',
    kind: 'text',
    get: (answers) => answers.identity ?? '',
    set: ({ identity: _, ...answers }, value) =>
      value.trim() === '' ? answers : { ...answers, identity: value.trim() },
    check: (value) => (value.trim() === '' ? undefined : (pathProblem(value.trim()) ?? undefined)),
  },
];

function notATarget(address: string): string | undefined {
  try {
    parseTarget(address);
    return undefined;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return `${error.message} ${error.likely}`;
  }
}
