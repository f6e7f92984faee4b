import type { Kind } from '../knock/call.ts';
import { covers, isNamed, type Told } from '../plan.ts';
import type { Seen } from '../table.ts';
import { isNewcomer } from './loosened.ts';
import type { Outcome } from './outcome.ts';
import { type Pair, pairs, wordsOfPair } from './pairs.ts';
import { answerAt, holds } from './points.ts';

/** The second: who gets in no more, or less far, is in the plan; so is every other change. */
export const unannounced = (outcome: Outcome): string[] =>
  pairs(outcome).flatMap((one) => {
    const { before, after } = one;
    if (before.got === 'accepted' && after.got !== 'accepted') return shutOut(one, outcome);
    if ((before.publishes && !after.publishes) || (before.reads && !after.reads))
      return [`RESTRICTED UNANNOUNCED: ${wordsOfPair(one)}; publishes or reads no more.`];
    return notTold(one, outcome);
  });

function shutOut(one: Pair, { told }: Outcome): string[] {
  if (!matters(one)) return [];
  if (told.some((event) => isLoss(event) && speaksOf(event, one))) return [];
  // Others with a name and password may still get in there.
  const what = isNamed(one.kind) && one.kind !== 'password' ? 'RESTRICTED' : 'SHUT OUT';
  return [`${what} UNANNOUNCED: ${wordsOfPair(one)}; the plan says nothing of it.`];
}

function notTold(one: Pair, outcome: Outcome): string[] {
  const { already, after } = one;
  if (after.got === 'accepted' && !isNewcomer(one, outcome)) return []; // said already, and worse
  const isChange =
    already.got !== after.got &&
    (isNewcomer(one, outcome) ? after.got === 'accepted' : one.kind === 'anonymous');
  return isChange && !outcome.told.some((event) => speaksOf(event, one))
    ? [`CHANGE NOT TOLD: ${wordsOfPair(one)}; the plan says nothing of it.`]
    : [];
}

const isLoss = ({ before, after }: Told): boolean => before === 'accepted' && after !== 'accepted';

const speaksOf = (event: Told, { at, kind }: Pair): boolean =>
  holds(event.listener, at.point) && event.from === at.side && means(event.who, kind, at.before);

/** Whether a word means a kind of callers there, where another kind may get in by the same. */
export function means(who: Told['who'], kind: Kind, served: readonly Seen[]): boolean {
  const does = (other: Kind) => answerAt(served, other).got === 'accepted';
  if (covers(who, kind)) return true;
  // A plugin with a password file, or a listener with that file: both know the same name.
  if (kind === 'plugin' && who === 'password') return does('password');
  // It was the certificate that let it in.
  const certified = does('certificate') || does('second-certificate');
  return kind === 'made-up' && who === 'certificate' && certified && !does('anonymous');
}

/**
 * Whether it is what it shows that lets somebody in: a name does not matter where any would do, nor a
 * certificate where none is asked for. Of those the plan says it once, of everybody.
 */
export function matters({ at, kind }: Pick<Pair, 'at' | 'kind'>): boolean {
  const does = (other: Kind) => answerAt(at.before, other).got === 'accepted';
  if (kind === 'certificate' || kind === 'second-certificate') return !does('anonymous');
  if (kind === 'plugin' || isNamed(kind)) return !does('made-up');
  return kind === 'anonymous' || kind === 'made-up' || kind === 'shared-key';
}
