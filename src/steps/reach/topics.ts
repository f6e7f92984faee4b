import { readAccessList, type Tryable, topicIn } from '../../mosquitto/config/files/access-list.ts';
import { knownPlugin } from '../../mosquitto/config/model/known-plugins.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import { type Observation, probe } from '../../mqtt/probe.ts';
import { roundTrip } from '../../mqtt/round-trip.ts';
import type { Target } from '../../mqtt/target.ts';
import { clean } from '../../text/clean.ts';
import type { Setup } from '../contract/setup.ts';
import { clientIdFor } from './client-id.ts';

export const topic = 'test/test';
export const message = 'Test1';

/** Which topic a message goes to, and back. */
export interface TopicChoice {
  /** Null: there is none; then only the connection is shown. */
  topic: string | null;
  /** What the broker knows the client by, who may have written it into the topic. */
  clientId: string;
  /** Why there is none, as a sentence; else empty. */
  words: string;
  /** It may do nothing at all: who has a name is let in for nothing then. */
  nothing?: boolean;
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
  look: Pick<Look, 'configuration'>,
  user: string | null,
): Promise<TopicChoice> {
  const clientId = clientIdFor(look);
  const wanted = setup.answers.topic;
  if (wanted !== '') return { topic: wanted, clientId, words: '', uncertain: false };
  const { memory } = look.configuration;
  const plugins = [memory.security, ...memory.listeners.map(({ security }) => security)];
  const loaded = [...plugins.flatMap((one) => one.plugins), ...memory.plugins.values()];
  const uncertain = loaded.some(({ path }) => decidesUnseen(path, user));
  const path = listener?.settings.aclFile;
  if (path === undefined) return { topic, clientId, words: '', uncertain };
  const bytes = await setup.broker.host.read(path, { root: true }).catch(() => null);
  const list = bytes === null ? null : readAccessList(bytes.toString());
  if (list === null) return { topic, clientId, words: '', uncertain: true };
  const found = topicIn(list, { user, clientId }, topic, listener?.settings.mountPoint);
  if ('topic' in found) return { topic: found.topic, clientId, words: '', uncertain };
  const nothing = found.only === 'neither' && user !== null;
  return { topic: null, clientId, words: whyNone[found.only], nothing, uncertain };
}

/**
 * Dynamic security lets nobody do anything that it does not know: a holder of a certificate has to be made known
 * to it, or is in and can do nothing. Who gives no name shows only what is.
 */
function decidesUnseen(path: string, user: string | null): boolean {
  const known = knownPlugin(path);
  if (known !== null && !known.decidesTopics) return false;
  return user === null || known?.name !== 'dynamic security';
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
  const as = { ...target, clientId };
  if (topic === null) {
    const seen = await probe(as, cancel);
    if (seen.observed !== 'accepted') return { ...seen, came: false };
    const told = { ...seen, words: `${seen.words} ${words}`, came: false };
    return choice.nothing ? { ...told, observed: 'refused', cause: 'message-lost' } : told;
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
