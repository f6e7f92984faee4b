import type { Feed } from '../src/mqtt/feed.ts';
import { probe } from '../src/mqtt/probe.ts';
import type { Setup } from '../src/steps/setup.ts';
import { anonymousTarget, mutualTarget } from '../src/steps/targets.ts';

/**
 * Points the live pane at the door that is open to it: mutual TLS as soon as that works, the plain
 * port before. It stays where it is while neither does, and comes back by itself.
 */
export async function aimFeed(feed: Feed, setup: Setup): Promise<void> {
  const mutual = await mutualTarget(setup).catch(() => null);
  for (const target of [mutual, anonymousTarget(setup)]) {
    if (!target || (await probe(target, setup.signal)).observed !== 'accepted') continue;
    if (feed.view().target?.port !== target.port) feed.retarget(target);
    return;
  }
}
