import { lookAt } from '../src/mosquitto/look.ts';
import type { Feed } from '../src/mqtt/feed.ts';
import { probe } from '../src/mqtt/probe.ts';
import { findPlainPort } from '../src/steps/plain-door.ts';
import type { Setup } from '../src/steps/setup.ts';
import { anonymousTarget, mutualTarget } from '../src/steps/targets.ts';
import { doorOf, waysTo } from '../src/steps/ways.ts';

/**
 * Points the live pane at the door that is open to it: mutual TLS as soon as that works, the plain
 * port before. It stays where it is while neither does, and comes back by itself.
 */
export async function aimFeed(feed: Feed, setup: Setup): Promise<void> {
  const [mutual, look] = await Promise.all([
    mutualTarget(setup).catch(() => null),
    lookAt(setup.broker).catch(() => null),
  ]);
  if (look) await findPlainPort(setup, look);
  for (const target of [mutual, anonymousTarget(setup)]) {
    if (!target) continue;
    for (const way of await waysTo(setup, doorOf(look?.effective.listeners ?? [], target.port))) {
      const led = way.lead(target);
      if ((await probe(led, setup.signal)).observed !== 'accepted') continue;
      const { target: now } = feed.view();
      if (now?.port !== led.port || now.host !== led.host) feed.retarget(led);
      return;
    }
  }
}
