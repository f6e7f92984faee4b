import { setTimeout as wait } from 'node:timers/promises';
import { isHasty } from '../../mosquitto/config/model/hasty.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import type { Cause } from '../../mqtt/cause.ts';
import type { Room, Seen } from './proof.ts';

/** How a broker turns away one client too many, without a word: in the TLS handshake, or where it speaks plainly. */
const hangingUp: ReadonlySet<string> = new Set([
  'no-tls',
  'closed-without-a-word',
] satisfies Cause[]);

/** In ms, one pause after the other: a broker counts whoever has just left until it looks at that connection again. */
const pauses = [50, 100, 200, 400, 800, 1600];

/**
 * At a plain port a broker that turns somebody away says so. One that only hangs up may be full, or keep this
 * machine away, or wait for a proxy: whom it lets in is not seen then.
 */
export function plainly<T extends Seen>(seen: T): T {
  if (seen.cause !== 'closed-without-a-word') return seen;
  const words = 'The connection was closed without a word: whom it lets in was not seen.';
  return { ...seen, observed: 'unreachable', words };
}

/** Of a listener, as the configuration has it; undefined: as much as anybody wants. */
export const roomAt = (
  listener: Pick<Listener, 'settings'> | undefined,
  look: Pick<Look, 'configuration'> | undefined,
): Room =>
  listener?.settings.maxConnections ?? (look && isHasty(look.configuration) ? 'hasty' : undefined);

/**
 * What comes of an attempt at a listener with that much room. Where it hangs up it is asked again, a few times; if
 * it still does, it may be full, and whom it lets in was not seen.
 */
export async function whereThereIsRoom<T extends Seen>(
  limit: Room,
  attempt: () => Promise<T>,
): Promise<T> {
  let seen = await attempt();
  if (limit === undefined) return seen;
  for (const pause of pauses) {
    if (!hangingUp.has(seen.cause ?? '')) return seen;
    await wait(pause);
    seen = await attempt();
  }
  if (!hangingUp.has(seen.cause ?? '')) return seen;
  const many = limit === 1 ? 'one client' : `${limit} clients`;
  const why =
    limit === 'hasty'
      ? 'With max_keepalive 60 this version does so now and then (mosquitto issue 3286).'
      : `It takes ${many} at a time there: most likely others are connected.`;
  return {
    ...seen,
    observed: 'unreachable',
    words: `The broker closed the connection at once. ${why} Whom it lets in was not seen.`,
  };
}
