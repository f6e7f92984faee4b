import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/commands/run.ts';
import { Trouble } from '../../../src/errors/trouble.ts';
import { parseAnswers } from '../../../src/steps/answers/answers-file.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { steps } from '../../../src/steps/index.ts';
import { placesFor } from '../../../src/this-machine/places.ts';
import { openSite } from '../../../state/open/open.ts';
import { openStore } from '../../../state/store/store.ts';
import type { Stage } from './stage.ts';

/** How a set-up in this process ended. */
export interface Ended {
  result: string;
  /** What was thrown, and the exit code that the program would have. */
  trouble: string;
  code: number;
  seconds: number;
}

/** Opens the set-up of that broker in this process, to change it, and closes it again. */
export async function openHere(
  { host, home, how }: Stage,
  act: (setup: Setup) => Promise<void>,
): Promise<void> {
  const broker = `${host.ssh.user}@${host.address}`;
  const file = how.includes('--answers') ? join(home.folder, 'answers.yaml') : null;
  const answers = file ? parseAnswers(await readFile(file, 'utf8'), file) : defaultAnswers(broker);
  const from = { folder: process.cwd(), home: home.folder };
  const places = (practice: boolean) => placesFor(home.environment, from, practice);
  const around = {
    ...{ places, store: await openStore(places(false).state), environment: home.environment },
    ...{
      ...from,
      accountHome: '/root',
      user: 'root',
      // The lock on the broker goes from this one to the program that resumes it.
      machine: hostname(),
      terminal: '',
      pid: process.pid,
    },
    now: () => new Date(),
  };
  const reaching = {
    purpose: 'change' as const,
    acceptHostKey: Object.values(host.ssh.fingerprints),
    asks: { sudoPassword: async () => host.ssh.password, authorityPassphrase: async () => '' },
    ...{ doing: () => {}, signal: () => undefined },
  };
  const identity = host.ssh.keyFile;
  const site = await openSite({ ...answers, broker, identity }, around, reaching);
  await site.remember(site.setup.answers, 'inspect', {});
  try {
    await act(site.setup);
  } finally {
    await site.close();
  }
}

/** The seven steps as `run --json` takes them, in this process, so that its host can be traced. */
export async function runHere(stage: Stage): Promise<Ended> {
  let last = '{}';
  const print = (line: string) => {
    last = line;
  };
  const begun = performance.now();
  let [trouble, code] = ['', 0];
  try {
    await run(steps, (act) => openHere(stage, act), { print, json: true });
  } catch (error) {
    trouble = String(error);
    code = error instanceof Trouble ? error.exitCode : 1;
  }
  return {
    result: JSON.parse(last).result,
    trouble,
    code,
    seconds: (performance.now() - begun) / 1000,
  };
}
