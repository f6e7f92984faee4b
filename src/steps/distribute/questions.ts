import { parseTarget } from '../../host/ssh/syntax/target.ts';
import { clean } from '../../text/clean.ts';
import { pathProblem } from '../../this-machine/paths.ts';
import type { Answers } from '../answers/answers.ts';
import type { Question } from '../contract/question.ts';
import type { Setup } from '../contract/setup.ts';
import { clientFolder } from '../reach/targets.ts';

/** More clients than this are given their places in an answers file, not on a screen. */
const most = 8;

type Client = Answers['clients'][number];

/** Where each client's files go: a folder on this machine, or a machine of its own over SSH. */
export function clientQuestions(setup: Setup): Question[] {
  return setup.answers.clients.slice(0, most).flatMap(({ name }) => {
    const called = clean(name, 30);
    const of = (answers: Answers) => answers.clients.find((client) => client.name === name);
    const change = (answers: Answers, to: Partial<Client>): Answers => ({
      ...answers,
      clients: answers.clients.map((one) => (one.name === name ? { ...one, ...to } : one)),
    });
    return [
      {
        id: `clients.${name}.host`,
        label: `Machine of ${called}`,
        help: '"here" for this machine, or user@host to bring the files there over SSH.',
        kind: 'text' as const,
        get: (answers: Answers) => of(answers)?.host ?? 'here',
        // A folder of the one machine means nothing on the other.
        set: (answers: Answers, value: string) => {
          const host = value.trim() || 'here';
          return host === of(answers)?.host
            ? answers
            : change(answers, { host, folder: undefined });
        },
        check: (value: string) => hostProblem(value.trim()),
      },
      {
        id: `clients.${name}.folder`,
        label: `Folder of ${called}`,
        help: `Left empty: ${clientFolder(setup, name)}, or ~/${called} on a machine of its own.`,
        kind: 'text' as const,
        get: (answers: Answers) => of(answers)?.folder ?? '',
        set: (answers: Answers, value: string) =>
          change(answers, { folder: value.trim() || undefined }),
        check: (value: string) =>
          value.trim() === '' ? undefined : (pathProblem(value.trim()) ?? undefined),
      },
    ];
  });
}

function hostProblem(host: string): string | undefined {
  if (host === '' || host === 'here') return undefined;
  try {
    parseTarget(host);
    return undefined;
  } catch {
    return '"here", or a machine as user@host or user@host:port.';
  }
}
