import type { Outcome } from './compare.ts';
import { type Both, bothAt, whereOf } from './pairs.ts';
import { covers, type Open } from './plan.ts';
import { answerAt, holds } from './points.ts';
import { matters } from './unannounced.ts';

/** Callers of whom "secured" has to say that they still get in. */
const kinds = ['anonymous', 'password', 'plugin'] as const;
type Entry = Both & { kind: (typeof kinds)[number] };

/** "Secured" names what stays open: to everybody, or to a password that is sent over the network in the clear. */
export function openUnnamed({ after, open, tlsPort }: Outcome): string[] {
  const entries = bothAt({ before: after, after }).flatMap((at) =>
    kinds
      .filter((kind) => answerAt(at.after, kind).got === 'accepted')
      .map((kind): Entry => ({ ...at, kind })),
  );
  const names = (one: Open, { point, kind }: Entry) => holds(one, point) && covers(one.who, kind);
  return [
    ...entries
      .filter(isOpen)
      .filter((entry) => !open.some((one) => names(one, entry)))
      .map(
        (entry) => `STAYS OPEN, NOT NAMED: ${whereOf(entry)} · ${entry.kind} from ${entry.side}.`,
      ),
    ...open
      .filter((one) => one.port !== tlsPort)
      .filter((one) => !entries.some((entry) => names(one, entry)))
      .map((one) => `CALLED OPEN, BUT IS NOT: ${one.port} at ${one.address} · ${one.who}.`),
  ];
}

const isOpen = ({ kind, ...at }: Entry): boolean =>
  kind === 'anonymous' ||
  (at.side === 'network' && at.after.some(({ tls }) => !tls) && matters({ at, kind }, at.after));
