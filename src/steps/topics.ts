import { randomBytes } from 'node:crypto';
import { clean } from '../clean.ts';
import { readAccessList, type Tryable, topicIn } from '../mosquitto/access-list.ts';
import type { Listener } from '../mosquitto/effective.ts';
import type { Look } from '../mosquitto/look.ts';
import { type Observation, probe } from '../mqtt/probe.ts';
import { roundTrip } from '../mqtt/round-trip.ts';
import type { Target } from '../mqtt/target.ts';
import type { Setup } from './setup.ts';

export const topic = 'test/test';
export const message = 'Test1';

/** Which topic a message goes to, and back. */
export interface TopicChoice {
  /** Null: there is none; then only the connection is shown. */
  topic: string | null;
  /** What the list knows the client by, where it matters. */
  clientId?: string;
  /** Why there is none, as a sentence; else empty. */
  words: string;
  /** Something decides that cannot be read (a plugin, a file): a lost message is then no fault of the broker's. */
  uncertain: boolean;
}

/**
 * A topic that a client can write and read at a listener, from the access list as it is now, or the one that was
 * asked for. `user` is null for who gives no name.
 */
export async function topicAt(
  setup: Setup,
  listener: Listener | undefined,
  { configuration }: Pick<Look, 'configuration'>,
  user: string | null,
): Promise<TopicChoice> {
  const wanted = setup.answers.topic;
  if (wanted !== '') return { topic: wanted, words: '', uncertain: false };
  const { memory } = configuration;
  const plugins = [memory.security, ...memory.listeners.map(({ security }) => security)];
  const uncertain = plugins.some((one) => one.plugins.length > 0) || memory.plugins.size > 0;
  const path = listener?.settings.aclFile;
  if (path === undefined) return { topic, words: '', uncertain };
  const bytes = await setup.broker.host.read(path, { root: true }).catch(() => null);
  const list = bytes === null ? null : readAccessList(bytes.toString());
  if (list === null) return { topic, words: '', uncertain: true };
  const clientId = `lockstep${randomBytes(7).toString('hex')}`;
  const found = topicIn(list, { user, clientId }, topic);
  if ('topic' in found) return { topic: found.topic, clientId, words: '', uncertain };
  return { topic: null, words: whyNone[found.only], uncertain };
}

const ask = 'Name one that it may use (topic, in the answers).';
const whyNone: Record<Extract<Tryable, { only: unknown }>['only'], string> = {
  read: 'Its access list lets it read, not write: no message was sent.',
  write: 'Its access list lets it write, not read: no message was sent.',
  neither: 'Its access list lets it neither write nor read anything: no message was sent.',
  'written out': `What its access list lets it both write and read are topics of somebody's, in full: no message was sent there unasked. ${ask}`,
};

/** A message there and back where that is possible, else the connection alone, and the words for it. */
export async function tryTopic(
  target: Target,
  choice: TopicChoice,
  cancel?: AbortSignal,
): Promise<Observation & { came: boolean }> {
  const { topic, clientId, words, uncertain } = choice;
  const as = clientId === undefined ? target : { ...target, clientId };
  if (topic === null) {
    const seen = await probe(as, cancel);
    const more = seen.observed === 'accepted' ? ` ${words}` : '';
    return { ...seen, words: `${seen.words}${more}`, came: false };
  }
  const trip = await roundTrip(as, { topic, payload: message }, cancel);
  const came = trip.observed === 'accepted';
  if (came || trip.connack !== 0 || !uncertain || !lost.has(trip.cause ?? ''))
    return { ...trip, came };
  return {
    ...trip,
    observed: 'accepted',
    cause: null,
    words: `The broker accepted the connection, but a message to ${clean(topic, 80)} did not come back: a plugin or an access list, which cannot be read, decides about topics. ${ask}`,
    came,
  };
}

/** What an access list does to a message of a client that is let in. */
const lost: ReadonlySet<string> = new Set([
  'message-lost',
  'not-authorised',
  'subscription-refused',
]);
