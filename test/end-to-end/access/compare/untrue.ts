import type { Answer, Kind } from '../knock/call.ts';
import { meant, type Told, wordsOf } from '../plan.ts';
import type { Seen } from '../table.ts';
import type { Outcome } from './outcome.ts';
import { type Both, bothAt } from './pairs.ts';
import { holds } from './points.ts';

type Got = Answer['got'];

/** What the plan says of a listener is what happens there. */
export function untrue(outcome: Outcome): string[] {
  const everywhere = bothAt(outcome);
  return outcome.told.flatMap((event) => {
    if (event.before === event.after) return [`NO CHANGE, BUT TOLD: ${wordsOf(event)}.`];
    // Where any name did, those that nobody knows may be all that is refused.
    const isOfNames =
      event.who === 'password' && event.before === 'accepted' && event.after === 'refused';
    const kinds = [...meant[event.who], ...(isOfNames ? (['made-up'] as const) : [])];
    const tried = kinds.filter((kind) =>
      [outcome.before, outcome.after].some(({ seen }) => seen.some((one) => one.answers[kind])),
    );
    if (tried.length === 0) return []; // a plugin of which nobody knows whom it lets in
    const there = everywhere.filter(
      ({ point, side }) => side === event.from && holds(event.listener, point),
    );
    const seen = there.flatMap((both) => tried.map((kind) => metAt(both, event, kind, outcome)));
    if (seen.some(({ before, after }) => before.has(event.before) && after.has(event.after)))
      return [];
    const words = seen.map(
      ({ kind, before, after }) =>
        `${kind} met ${[...before].join(' or ')} -> ${[...after].join(' or ')}`,
    );
    return [
      `TOLD WRONGLY: the plan says ${wordsOf(event)}; ${words.join('; ') || 'nothing is there'}.`,
    ];
  });
}

/** What a kind met at one of the addresses that an event speaks of, should several answers be right. */
function metAt({ before, already, after }: Both, event: Told, kind: Kind, { tlsPort }: Outcome) {
  // At the new port a name comes with the new certificate, by which it gets in whatever it is.
  const isNamed = event.who === 'password' || event.who === 'plugin';
  const byCertificate = isNamed && event.listener.port === tlsPort;
  return {
    kind,
    before: new Set([...met(before, event, kind), ...met(already, event, kind)]),
    after: new Set<Got>([
      ...met(after, event, kind),
      ...(byCertificate ? ['accepted' as const] : []),
    ]),
  };
}

function met(served: readonly Seen[], { listener }: Told, kind: Kind): Got[] {
  const alike = served.filter(
    ({ socket, speaks }) =>
      speaks === 'unknown' || socket.port === 0 || speaks === listener.protocol,
  );
  if (alike.length === 0) return ['absent'];
  return alike.flatMap(({ answers }) => {
    // Who is not tried there has nothing to show that is asked for.
    const got = answers[kind]?.got ?? 'refused';
    const enters = (other: Kind) => answers[other]?.got === 'accepted';
    // A name that a plugin and a password file both know is one of them's there; of any names it is neither's.
    const isOthers =
      (kind === 'plugin' && (enters('made-up') || enters('password'))) ||
      (kind === 'password' && enters('plugin'));
    return isOthers ? [got, 'refused' as const] : [got];
  });
}
