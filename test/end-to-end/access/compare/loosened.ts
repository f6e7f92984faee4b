import type { Answer, Kind } from '../knock/call.ts';
import { sideWords } from '../table.ts';
import type { Outcome } from './outcome.ts';
import { type Both, bothAt, type Pair, pairs, whereOf, wordsOfPair } from './pairs.ts';
import { answerAt } from './points.ts';

export const isNewcomer = (
  { at, kind }: Pick<Pair, 'at' | 'kind'>,
  { tlsPort }: Pick<Outcome, 'tlsPort'>,
): boolean => kind === 'newcomer' && at.point.port === String(tlsPort);

/** The first invariant: nobody gets in, publishes or reads who did not before, or without TLS where it took TLS. */
export const loosened = (outcome: Outcome): string[] => [
  ...pairs(outcome)
    .filter((one) => !isNewcomer(one, outcome))
    .flatMap(gained),
  ...bothAt(outcome).flatMap(unencrypted),
];

function gained(one: Pair): string[] {
  const { after } = one;
  const all = [one.already, ...withoutTheName(one)];
  const could = (what: 'publishes' | 'reads') => all.some((already) => already[what]);
  const gains = [
    ...(after.got === 'accepted' && !all.some(({ got }) => got === 'accepted') ? ['gets in'] : []),
    ...(after.publishes && !could('publishes') ? ['publishes'] : []),
    ...(after.reads && !could('reads') ? ['reads'] : []),
  ];
  return gains.length === 0 ? [] : [`LOOSENED: ${wordsOfPair(one)}; now ${gains.join(', ')}.`];
}

/** A name that nobody knows can be left away: what came of its certificate alone, at a socket with TLS. */
const withoutTheName = ({ kind, at }: Pair): Answer[] =>
  kind === 'made-up' && at.already.every(({ tls }) => tls)
    ? (['certificate', 'second-certificate'] as const).map((one) => answerAt(at.already, one))
    : [];

/** Whatever was sent there was encrypted; it is not any more, whoever it is that gets in. */
function unencrypted(both: Both): string[] {
  const { side, already, after } = both;
  if (already.length === 0 || already.some(({ tls }) => !tls)) return [];
  const enter = after.flatMap(({ tls, answers }) =>
    tls ? [] : (Object.keys(answers) as Kind[]).filter((kind) => answers[kind]?.got === 'accepted'),
  );
  const who = [...new Set(enter)].join(', ');
  return who === ''
    ? []
    : [
        `LOOSENED: ${whereOf(both)} from ${sideWords[side]}: it spoke TLS only; now ${who} without it.`,
      ];
}
