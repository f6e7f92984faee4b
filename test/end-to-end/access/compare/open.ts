import type { Open } from '../plan.ts';
import type { Outcome } from './outcome.ts';
import { type Pair, pairs, whereOf } from './pairs.ts';
import { holds } from './points.ts';
import { matters, means } from './unannounced.ts';

/** "Secured" names what stays open: to everybody, or to a password that is sent over the network in the clear. */
export function openUnnamed({ after, open, tlsPort }: Outcome): string[] {
  // Of another plugin nobody here knows whom it lets in.
  const isTried = ({ who, port }: Open): boolean =>
    (who !== 'plugin' || after.seen.some(({ answers }) => answers.plugin)) &&
    // Nor can anybody speak to 2.1's HTTP API.
    !after.seen.some(({ socket, speaks }) => socket.port === port && speaks === 'unknown');
  const entering = pairs({ before: after, after }).filter((one) => one.after.got === 'accepted');
  const names = (one: Open, { at, kind }: Pair) =>
    holds(one, at.point) && means(one.who, kind, at.after);
  return [
    ...entering
      .filter(isOpen)
      .filter((entry) => !open.some((one) => names(one, entry)))
      .map(({ at, kind }) => `STAYS OPEN, NOT NAMED: ${whereOf(at)} · ${kind} from ${at.side}.`),
    ...open
      .filter((one) => one.port !== tlsPort && isTried(one))
      .filter((one) => !entering.some((entry) => names(one, entry)))
      .map((one) => `CALLED OPEN, BUT IS NOT: ${one.port} at ${one.address} · ${one.who}.`),
  ];
}

/** Others whom it may let in there come by the same, or are of no more harm. */
const isOpen = ({ at, kind }: Pair): boolean =>
  kind === 'anonymous' ||
  ((kind === 'password' || kind === 'plugin') &&
    at.side === 'network' &&
    at.after.some(({ tls }) => !tls) &&
    matters({ at, kind }));
