import fc from 'fast-check';
import { type Suite, suites } from '../../hosts/suites.ts';

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

export interface Turn {
  suite: Suite;
  mishap: Mishap;
  /** While it is set up, or undone. */
  during: 'run' | 'undo';
  /** It happens so many milliseconds after so many lines of a run; of an undo, after its start. */
  line: number;
  later: number;
  /** Somebody edits the configuration after so many lines of the run; null: nobody does. */
  edit: number | null;
  /** Whether what is armed is waited for before somebody goes on. */
  waits: boolean;
}

/** A run that nobody disturbs says about so many lines. */
const lines = 72;

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

// Half of the moments are in Harden, the last third of the lines, where a change is under way.
const moment = fc.oneof(
  fc.integer({ min: 1, max: lines }),
  fc.integer({ min: Math.floor((lines * 2) / 3), max: lines }),
);

const turn: fc.Arbitrary<Turn> = fc.record({
  suite: fc.constantFrom(...suites),
  mishap,
  during: fc.oneof(
    { arbitrary: fc.constant('run' as const), weight: 4 },
    fc.constant('undo' as const),
  ),
  line: moment,
  later: fc.nat(400),
  edit: fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, moment),
  waits: fc.boolean(),
});

/** The turns of a seed. */
export const turnsOf = (seed: number, count: number): Turn[] =>
  fc.sample(turn, { seed, numRuns: count });
