import type { Answer, Kind } from '../knock/call.ts';
import { isReached, type Side, sides } from '../knock/sockets.ts';
import { type Seen, sideWords } from '../table.ts';
import type { Outcome } from './outcome.ts';
import { answerAt, type Point, placeOfPoint, pointsOf, servedAt, servedHere } from './points.ts';

/** One point, met from one side, in both tables. */
export interface Both {
  point: Point;
  side: Side;
  before: Seen[];
  after: Seen[];
  /**
   * The same as `before`; where nothing served that address, what served others of the port: nobody on the
   * machine is new who gets in at one more of its addresses.
   */
  already: Seen[];
}

export function bothAt({ before, after }: Pick<Outcome, 'before' | 'after'>): Both[] {
  return pointsOf(before, after).flatMap((point) =>
    sides
      .filter((side) => isReached({ ...point, port: point.port === point.address ? 0 : 1 }, side))
      .map((side) => {
        const was = servedAt(before, point, side);
        const already = was.length > 0 || side === 'network' ? was : servedHere(before, point);
        return { point, side, before: was, after: servedAt(after, point, side), already };
      }),
  );
}

/** The answers that one kind of caller met at a point. */
export interface Pair {
  at: Both;
  kind: Kind;
  before: Answer;
  after: Answer;
  already: Answer;
}

export const pairs = (outcome: Pick<Outcome, 'before' | 'after'>): Pair[] =>
  bothAt(outcome).flatMap((at) =>
    kindsIn(at).map((kind) => ({
      ...{ at, kind },
      before: answerAt(at.before, kind),
      after: answerAt(at.after, kind),
      already: answerAt(at.already, kind),
    })),
  );

const kindsIn = ({ before, after }: Both): Kind[] => [
  ...new Set([...before, ...after].flatMap(({ answers }) => Object.keys(answers) as Kind[])),
];

export const wordsOfPair = ({ at, kind, before, after }: Pair): string =>
  `${whereOf(at)} · ${kind} from ${sideWords[at.side]}: ${said(before)} -> ${said(after)}`;

export const whereOf = ({ point }: Both): string => placeOfPoint(point);

const said = ({ got, words }: Answer): string => (words ? `${got} (${words})` : got);
