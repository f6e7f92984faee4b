import { opensToAll } from '../../mosquitto/effective/admits.ts';
import { type Look, lookAt } from '../../mosquitto/inspection/look.ts';
import { turnedAway } from '../../mqtt/cause.ts';
import { type Observation, probe } from '../../mqtt/probe.ts';
import type { Target } from '../../mqtt/target.ts';
import { clean } from '../../text/clean.ts';
import { topicAnswer } from '../answers/answers.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import type { Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { findPlainPort } from '../plain-port/find.ts';
import { textQuestion } from '../questions/question.ts';
import { clientIdFor } from '../reach/client-id.ts';
import { beginReaching } from '../reach/reached.ts';
import { anonymousTarget } from '../reach/targets.ts';
import { message, topic, topicAt, tryTopic } from '../reach/topics.ts';
import {
  byFirst,
  here,
  listenerAddress,
  listenerAt,
  seenFrom,
  spokenAt,
  type Viewpoint,
  type Way,
  waysTo,
} from '../reach/ways.ts';
import { plainly, roomAt, whereThereIsRoom } from '../run/room.ts';
import { anonymousByHand } from './by-hand.ts';

export interface AnonymousReport {
  /** What a client that shows nothing is told now. */
  observed: 'accepted' | 'refused' | 'unreachable';
  words: string;
}

/** Step 2: see for oneself that anybody may listen and speak. */
export const anonymous: Step<AnonymousReport> = {
  ...lessons.anonymous,
  observes: true,
  movesLivePane: true,
  questions: () => [
    {
      ...textQuestion({
        id: 'topic',
        label: 'Topic of the message',
        help: 'Empty: test/test, or one that the access list allows.',
        check: (value) =>
          topicAnswer.test(value) ? null : 'A topic to publish to has no + and no #.',
      }),
      set: (answers, value) => ({ ...answers, topic: value.trim() }),
    },
  ],

  byHand: anonymousByHand,

  async check(setup) {
    const { ways, target, look, limit } = await plainWays(setup);
    const clientId = clientIdFor(look);
    const seen = await whereThereIsRoom(limit, async () =>
      plainly(await byFirst(ways, { ...target, clientId }, (one) => probe(one, setup.signal))),
    );
    const { observed } = seen;
    const report = { observed, words: said(seen) };
    if (turnedAway(seen)) return { status: 'done', detail: refusedAt(target.port, look), report };
    if (observed !== 'accepted') return { status: 'done', detail: untried(seen), report };
    const { anonymousMessage, anonymousTried } = setup.seen;
    if (anonymousMessage)
      return { status: 'done', detail: 'Seen: anybody may listen and speak.', report };
    return anonymousTried
      ? { status: 'done', detail: 'Seen: anonymous clients are let in.', report }
      : { status: 'todo', detail: 'Anonymous clients are let in.', report };
  },

  async plan() {
    return { shown: { changes: [], notes: [] }, work: null };
  },

  async *apply() {
    yield { kind: 'progress', text: `Sending "${message}" as nobody in particular` };
  },

  async prove(setup) {
    return [await evidence(setup)];
  },
};

/** How the plain port is reached, and who may do what there. */
async function plainWays(setup: Setup) {
  const look = await lookAt(setup.broker);
  await findPlainPort(setup, look);
  const target: Target = anonymousTarget(setup);
  const { listeners } = look.effective;
  const address = listenerAddress(listeners, target.port);
  const ways: Way[] = await waysTo(setup, address);
  const listener = listenerAt(listeners, address);
  const limit = roomAt(listener, look);
  return { look, target: spokenAt(address, target), ways, listener, limit };
}

/** It is for seeing: whatever comes of it is told, and nothing hangs on it. */
async function evidence(setup: Setup): Promise<Evidence> {
  const { look, target, ways, listener, limit } = await plainWays(setup);
  // Whoever needs it waits for it.
  beginReaching(setup, look).catch(() => {});
  const choice = await topicAt(setup, listener, look, null);
  const seen = await whereThereIsRoom(limit, async () =>
    plainly(await byFirst(ways, target, (one) => tryTopic(one, choice, setup.signal))),
  );
  const common = { id: 'anonymous', cause: seen.cause, from: seen.from, pass: true };
  if (seen.came) {
    setup.seen.anonymousMessage = setup.now().toISOString();
    const title = `"${message}" sent to ${clean(choice.topic ?? topic, 80)} by nobody in particular`;
    return { ...common, title, expect: 'accepted', observed: 'accepted', words: said(seen) };
  }
  const title = `A client without a certificate or a password at port ${target.port}`;
  // Let in, and yet the message is lost: that is no refusal, and there is no more to see.
  if (seen.observed === 'accepted' || seen.connack === 0) {
    setup.seen.anonymousTried = setup.now().toISOString();
    const words = said(seen);
    return { ...common, title, expect: 'accepted', observed: 'accepted', words, partly: true };
  }
  const words = turnedAway(seen)
    ? `${said(seen)} That refusal is what there is to see: go on.`
    : untried(seen);
  return { ...common, title, expect: 'refused', observed: seen.observed, words };
}

/** One port was knocked at: that is no word on the others. */
function refusedAt(port: number, { effective }: Look): string {
  const open = effective.listeners.filter((one) => one.port !== port && opensToAll(one));
  const ports = [...new Set(open.map((one) => one.port))].filter((one) => one > 0);
  const others =
    ports.length === 0
      ? ''
      : ` By its configuration everybody gets in at port ${ports.join(', ')}.`;
  return `Anonymous clients do not get in at port ${port}.${others}`;
}

const said = (seen: Observation & Viewpoint): string =>
  seen.from === here ? seen.words : `${seen.words} ${seenFrom(seen)}`;

/** Not reached, or not as far as to be let in or not: that says nothing of whom the broker lets in. */
const untried = (seen: Observation & Viewpoint): string => `It could not be tried. ${said(seen)}`;
