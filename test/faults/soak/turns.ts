import fc from 'fast-check';
import { type Suite, suites } from '../../support/hosts/suites.ts';

// A soak: set-ups, each with one fault at one moment, drawn from a seed. The same seed gives the same turns.

/** What goes wrong. */
export type Mishap =
  | { kind: 'killed' }
  | { kind: 'cut'; how: 'frozen' | 'unanswered' | 'reset' }
  | { kind: 'disk full' }
  | { kind: 'reboot'; how: 'clean' | 'power-cut' }
  | { kind: 'slow restart'; seconds: number }
  | { kind: 'damaged'; way: (typeof ways)[number]; nth: number };

export const ways = ['zeroed', 'halved', 'flipped', 'removed'] as const;

/** What somebody edits: a comment more, in a file that is there or in one of their own. */
export const edited = ['access.conf', 'mosquitto.conf', 'added file', 'in a release'] as const;

export interface Edit {
  what: (typeof edited)[number];
  /** During the run, at so many thousandths of its lines; null: when it has ended. */
  share: number | null;
}

export interface Turn {
  suite: Suite;
  mishap: Mishap;
  /** While it is set up, or undone. */
  during: 'run' | 'undo';
  /**
   * It happens at so many thousandths of the moments that can hold it: of the lines of a run, of the time of an undo
   * (see course.ts); and so many milliseconds later.
   */
  share: number;
  later: number;
  /** Somebody edits the configuration; null: nobody does. */
  edit: Edit | null;
  /** Whether what is armed is waited for before somebody goes on. */
  waits: boolean;
}

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.record({ kind: fc.constant('killed' as const) }),
  fc.record({
    kind: fc.constant('cut' as const),
    how: fc.constantFrom('frozen' as const, 'unanswered' as const, 'reset' as const),
  }),
  fc.record({ kind: fc.constant('disk full' as const) }),
  fc.record({
    kind: fc.constant('reboot' as const),
    how: fc.constantFrom('clean' as const, 'power-cut' as const),
  }),
  fc.record({
    kind: fc.constant('slow restart' as const),
    seconds: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('damaged' as const),
    way: fc.constantFrom(...ways),
    nth: fc.nat(1000),
  }),
);

// Half of the moments are in the last third of the lines, in Harden, where a change is under way.
const share = fc.oneof(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 667, max: 999 }));

const anEdit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom(...edited),
  share: fc.oneof({ arbitrary: share, weight: 2 }, fc.constant(null)),
});

const turn: fc.Arbitrary<Turn> = fc.record({
  suite: fc.constantFrom(...suites),
  mishap,
  during: fc.oneof(
    { arbitrary: fc.constant('run' as const), weight: 4 },
    fc.constant('undo' as const),
  ),
  share,
  later: fc.nat(400),
  edit: fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, anEdit),
  waits: fc.boolean(),
});

/** The turns of a seed. A longer list of them begins with the shorter one. */
export const turnsOf = (seed: number, count: number): Turn[] =>
  fc.sample(turn, { seed, numRuns: count });
