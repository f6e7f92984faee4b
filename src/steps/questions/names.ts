import { holderNameProblem } from '../../pki/x509/names.ts';
import { normalIfAny, readableName, subjectAltNameProblem } from '../../pki/x509/san.ts';
import type { Question } from '../contract/question.ts';
import type { Setup } from '../contract/setup.ts';
import { listItems } from './question.ts';

/**
 * What the broker's certificate and its files are called: its first name that can be one (a common
 * name has at most 64 characters). Those that only its machine claims come last. The last resort ends as no host
 * name does, so that it is not signed as one.
 */
export function brokerName(setup: Setup): string {
  const names = setup.answers.names ?? [];
  return names.find((name) => holderNameProblem(name) === null) ?? 'broker-';
}

/** Every name and address by which a client may call the broker. */
export function nameListQuestion(setup: Setup): Question {
  return {
    id: 'names',
    label: 'Names of the broker',
    help: 'Every one a client may use, separated by commas. A client refuses a name that is not here.',
    kind: 'list',
    get: (answers) => (answers.names ?? setup.answers.names ?? []).join(', '),
    set: (answers, value) => ({
      ...answers,
      names: [...new Set(listItems(value).map(normalIfAny))],
    }),
    words: (value) => listItems(value).map(readableName).join(', '),
    check: (value) => {
      const names = listItems(value);
      if (names.length === 0) return 'At least one name or address is needed.';
      return first(names, subjectAltNameProblem);
    },
  };
}

/** The clients; one that was there keeps where its files go. */
export function clientListQuestion(): Question {
  return {
    id: 'clients',
    label: 'Clients',
    help: 'One certificate each; the name becomes the user name at the broker. Separated by commas.',
    kind: 'list',
    get: (answers) => answers.clients.map((client) => client.name).join(', '),
    set: (answers, value) => ({
      ...answers,
      clients: listItems(value).map(
        (name) => answers.clients.find((client) => client.name === name) ?? { name, host: 'here' },
      ),
    }),
    check: (value) => {
      const names = listItems(value);
      if (names.length === 0) return 'At least one client is needed: the proof uses it.';
      if (new Set(names).size < names.length) return 'A name is there twice.';
      return first(names, holderNameProblem);
    },
  };
}

function first(names: string[], problem: (name: string) => string | null): string | undefined {
  for (const name of names) {
    const found = problem(name);
    if (found) return `${name}: ${found}`;
  }
  return undefined;
}
