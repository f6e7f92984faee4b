import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { preparePractice } from '../../../src/practice/folder.ts';
import { withWholePaths } from '../../../src/steps/answers/answer-paths.ts';
import type { Answers } from '../../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import { stepIds } from '../../../src/steps/contract/ids.ts';
import type { Step } from '../../../src/steps/contract/step.ts';
import { steps as allSteps } from '../../../src/steps/index.ts';
import { placesFor } from '../../../src/this-machine/places.ts';
import { here, next, type State } from '../../../state/machine/machine.ts';
import { openSite } from '../../../state/open/open.ts';
import type { Surroundings } from '../../../state/open/reach.ts';
import { guidedAsks } from '../../../state/session/guided-asks.ts';
import { guidedSession } from '../../../state/session/session.ts';
import type { Session } from '../../../state/session/session-parts.ts';
import { openStore, type Store } from '../../../state/store/store.ts';
import { freePort } from '../brokers/scripted-broker.ts';

/** A home with a practice broker on ports of its own, in which real sessions are held. */
export interface RealHome {
  folder: string;
  store: Store;
  session(options?: { steps?: readonly Step[] }): Session;
  remove(): Promise<void>;
}

export async function realHome(): Promise<RealHome> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-session-'));
  const environment = { PATH: process.env.PATH ?? '', LOCKSTEP_HOME: folder };
  const from = { folder, home: folder };
  const places = (practice: boolean) => placesFor(environment, from, practice);
  const ports = { plainPort: await freePort(), tlsPort: await freePort() };
  await preparePractice(places(true).practice, { ports });
  const store = await openStore(places(false).state);
  const around: Surroundings = {
    places,
    store,
    environment,
    ...from,
    accountHome: userInfo().homedir,
    user: 'ann',
    machine: 'here',
    terminal: '',
    pid: process.pid,
    now: () => new Date(),
  };
  const sessions: Session[] = [];
  return {
    folder,
    store,
    session({ steps = allSteps } = {}) {
      const session = guidedSession({
        steps,
        answers: defaultAnswers(),
        openAtOnce: false,
        sites: () => store.sites(),
        whole: (given) => withWholePaths(given, from),
        open: (wanted, hooks) =>
          openSite(wanted, around, {
            asks: guidedAsks(hooks.ask),
            purpose: 'change',
            doing: hooks.doing,
            signal: hooks.signal,
          }),
      });
      sessions.push(session);
      return session;
    },
    async remove() {
      for (const session of sessions) await session.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const practice = (change: Partial<Answers> = {}): Answers => ({
  ...defaultAnswers('practice'),
  ...change,
});

/** Waits for a state; fails with where the session is after the limit. */
export function reach(
  session: Session,
  wanted: (state: State) => boolean,
  what: string,
  seconds = 20,
): Promise<State> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(late);
      stop();
      act();
    };
    const look = () => {
      const state = session.state();
      if (wanted(state)) settle(() => resolve(state));
    };
    const stop = session.subscribe(look);
    const late = setTimeout(
      () => settle(() => reject(new Error(`${what} did not come: ${where(session.state())}`))),
      seconds * 1000,
    );
    look();
  });
}

export const where = (state: State): string =>
  JSON.stringify({
    place: state.place,
    asking: state.asking?.label,
    note: state.note,
    steps: stepIds.map((id) => {
      const { phase, check, trouble } = state.steps[id];
      return [id, phase, check?.status, trouble?.what, trouble?.likely].join(' ');
    }),
  });

/**
 * Somebody who presses Enter whenever something waits, and gives this passphrase when asked, until
 * the state is as wanted.
 */
export async function goOn(
  session: Session,
  wanted: (state: State) => boolean,
  passphrase: string | null = null,
): Promise<State> {
  const press = () => {
    const state = session.state();
    if (wanted(state)) return;
    if (state.asking) return session.reply(passphrase);
    const id = here(state);
    if (id === null) return;
    const { phase, check } = state.steps[id];
    const after = next(id);
    if (phase === 'planned') session.send({ type: 'agree' });
    else if (phase === 'ready' && check?.status !== 'done') session.send({ type: 'act' });
    else if ((phase === 'ready' || phase === 'proved') && after)
      session.send({ type: 'go', step: after });
    else if (phase === 'ready' && id === 'verify') session.send({ type: 'act' });
  };
  // Not while the session is still telling of the last change.
  let pressing = false;
  const stop = session.subscribe(() => {
    if (pressing) return;
    pressing = true;
    setImmediate(() => {
      pressing = false;
      press();
    });
  });
  press();
  try {
    return await reach(session, wanted, 'what was gone on for', 80);
  } finally {
    stop();
  }
}

export const secured = (state: State): boolean =>
  stepIds.every((id) => state.steps[id].check?.status === 'done') &&
  state.steps.verify.phase === 'proved';
