import { userInfo } from 'node:os';
import { expect } from 'vitest';
import { copyable } from '../../../screens/text/copyable.ts';
import type { Answers } from '../../../src/steps/answers/answers.ts';
import type { StepId } from '../../../src/steps/contract/ids.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { steps } from '../../../src/steps/index.ts';
import { placesFor } from '../../../src/this-machine/places.ts';
import { openSite } from '../../../state/open/open.ts';
import type { Surroundings } from '../../../state/open/reach.ts';
import type { Opened } from '../../../state/session/session-parts.ts';
import { openStore } from '../../../state/store/store.ts';
import type { Typist } from '../terminal/typist.ts';
import type { Home } from './lockstep.ts';

/** Secrets of the tests: what sudo asks for, what the authority's key is locked with. */
export interface Secrets {
  password: string;
  passphrase: string;
}

/** A site as the program opens it, every step looked at; all that is done is typed. */
export async function openToLook(home: Home, answers: Answers, secrets: Secrets): Promise<Opened> {
  const from = { folder: process.cwd(), home: home.folder };
  const places = (practice: boolean) => placesFor(home.environment, from, practice);
  const around: Surroundings = {
    places,
    store: await openStore(places(false).state),
    environment: home.environment,
    ...from,
    accountHome: userInfo().homedir,
    ...{ user: 'ann', machine: 'here', terminal: '', pid: process.pid, now: () => new Date() },
  };
  const site = await openSite(answers, around, {
    asks: {
      sudoPassword: async () => secrets.password,
      authorityPassphrase: async () => secrets.passphrase,
    },
    purpose: 'look',
    doing: () => {},
    signal: () => undefined,
  });
  for (const one of steps) await one.check(site.setup);
  return site;
}

/** A step of the program. */
export function step(id: StepId) {
  const found = steps.find((one) => one.id === id);
  if (!found) throw new Error(`there is no step ${id}`);
  return found;
}

/** What Verify types to be refused, on whatever lines. */
export const refusals = /-m\s+(\\\s+)?refused|s_client/;

/** Types what a step says one would type; what is in `refused` has to fail, all else to succeed. */
export async function typeStep(
  setup: Setup,
  typist: Typist,
  id: StepId,
  { refused = /$^/, as = (same: Setup) => same } = {},
): Promise<string> {
  await step(id).check(setup);
  const commands = step(id).byHand(as(setup)).flatMap(asShown);
  const { codes, shown } = await typist.type(commands);
  // A comment leaves the status as it was.
  const failed = commands.filter((one, index) => !one.startsWith('#') && codes[index] !== 0);
  expect(failed, shown).toEqual(commands.filter((one) => refused.test(one)));
  return shown;
}

/** On a screen of 80 columns; a comment on several lines is one each. */
function asShown(command: string): string[] {
  const lines = copyable(command, 78);
  return command.startsWith('#') ? lines : [lines.join('\n')];
}

/** What the step sees afterwards. */
export async function seen(setup: Setup, id: StepId): Promise<string> {
  const { status, detail } = await step(id).check(setup);
  return `${status}: ${detail}`;
}
