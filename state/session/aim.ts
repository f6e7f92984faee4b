import { type Look, lookAt } from '../../src/mosquitto/inspection/look.ts';
import type { Feed } from '../../src/mqtt/feed.ts';
import { probe } from '../../src/mqtt/probe.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { findPlainPort } from '../../src/steps/plain-port/find.ts';
import { anonymousTarget, firstClient, mutualTarget } from '../../src/steps/reach/targets.ts';
import { topic as defaultTopic, topicAt } from '../../src/steps/reach/topics.ts';
import { listenerAddress, listenerAt, spokenAt, waysTo } from '../../src/steps/reach/ways.ts';

/**
 * Points the live pane at the listener that is open to it: mutual TLS as soon as that works, the plain
 * port before; and at the topic that is tried there. It stays where it is while neither does, and comes
 * back by itself.
 */
export async function aimFeed(feed: Feed, setup: Setup): Promise<void> {
  const look = await lookAt(setup.broker).catch(() => null);
  if (look) await findPlainPort(setup, look);
  await aimAt(feed, setup, look);
}

/** The same by a look at the broker; null: it could not be looked at. */
export async function aimAt(
  feed: Feed,
  setup: Setup,
  look: Pick<Look, 'configuration' | 'effective'> | null,
): Promise<void> {
  const mutual = await mutualTarget(setup).catch(() => null);
  const listeners = look?.effective.listeners ?? [];
  for (const target of [mutual, anonymousTarget(setup)]) {
    if (!target) continue;
    const address = listenerAddress(listeners, target.port);
    const listener = listenerAt(listeners, address);
    // Where few fit in, it would take the place of a device, and of our own proofs.
    if ((listener?.settings.maxConnections ?? few) < few) continue;
    const user = target === mutual ? firstClient(setup) : null;
    const choice = look && (await topicAt(setup, listener, look, user));
    const named = {
      ...spokenAt(address, target),
      ...(choice ? { clientId: choice.clientId } : {}),
    };
    for (const way of await waysTo(setup, address)) {
      const led = way.lead(named);
      if ((await probe(led, setup.signal)).observed !== 'accepted') continue;
      const topic = around(choice?.topic ?? defaultTopic);
      const { target: now, topic: heard } = feed.view();
      if (now?.port !== led.port || now.host !== led.host || heard !== topic)
        feed.retarget(led, topic);
      return;
    }
  }
}

const few = 5;

/** What is heard beside a topic: its neighbours, and what is below them. */
const around = (topic: string): string => topic.replace(/[^/]*$/, '#');
