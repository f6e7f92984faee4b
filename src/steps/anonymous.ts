import { probe } from '../mqtt/probe.ts';
import { roundTrip } from '../mqtt/round-trip.ts';
import { lessons } from './lessons.ts';
import type { Setup } from './setup.ts';
import type { Step } from './step.ts';
import { anonymousTarget } from './targets.ts';

export interface AnonymousReport {
  /** What a client that shows nothing is told now. */
  observed: 'accepted' | 'refused' | 'unreachable';
  words: string;
}

export const topic = 'test/test';
export const message = 'Test1';

/** Step 2: see for oneself that anybody may listen and speak. */
export const anonymous: Step<AnonymousReport> = {
  ...lessons.anonymous,
  observes: true,
  questions: () => [],

  byHand(setup) {
    const { host, port } = anonymousTarget(setup);
    return [
      `mosquitto_sub -h ${host} -p ${port} -t 'test/#' -v`,
      `mosquitto_pub -h ${host} -p ${port} -t ${topic} -m ${message}`,
    ];
  },

  async check(setup) {
    const { observed, words } = await probe(anonymousTarget(setup), setup.signal);
    const report = { observed, words };
    if (observed !== 'accepted')
      return {
        status: 'done',
        detail: observed === 'refused' ? 'Anonymous clients do not get in.' : words,
        report,
      };
    const seen = setup.seen.anonymousMessage;
    return seen
      ? { status: 'done', detail: 'Seen: anybody may listen and speak.', report }
      : { status: 'todo', detail: 'Anonymous clients are let in.', report };
  },

  async plan() {
    return { changes: [], notes: [] };
  },

  async *apply() {
    yield { kind: 'progress', text: `Sending "${message}" to ${topic}, as nobody in particular` };
  },

  async prove(setup) {
    return [await evidence(setup)];
  },
};

async function evidence(setup: Setup) {
  const target = anonymousTarget(setup);
  const trip = await roundTrip(target, { topic, payload: message }, setup.signal);
  // Let in, and yet the message is lost: that is no refusal.
  if (trip.observed !== 'accepted' && trip.connack !== 0) {
    const seen = await probe(target, setup.signal);
    return {
      id: 'anonymous',
      title: 'A client without a certificate or a password',
      expect: 'refused' as const,
      observed: seen.observed,
      cause: seen.cause,
      words: `${seen.words} There is nothing to see here: go on.`,
      pass: true,
    };
  }
  if (trip.observed === 'accepted') setup.seen.anonymousMessage = setup.now().toISOString();
  return {
    id: 'anonymous',
    title: `"${message}" sent to ${topic} by nobody in particular`,
    expect: 'accepted' as const,
    observed: trip.observed,
    cause: trip.cause,
    words: trip.words,
    pass: trip.observed === 'accepted',
  };
}
