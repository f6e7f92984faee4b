import type { Suite } from '../../support/hosts/suites.ts';
import type { Choice } from '../access/meet.ts';
import type { Case } from '../corpus/answers.ts';
import type { Dice } from './dice.ts';

/** A configuration made up, the same each time for its number, with the host and the choice it is met with. */
export interface Generated {
  one: Case;
  suite: Suite;
  choice: Choice;
}

/** What a configuration is made up of; lines. */
export interface Making {
  dice: Dice;
  suite: Suite;
  perListener: boolean;
  /** Whether `bind_address` opens the default port at one address, beside listeners for others. */
  beside: boolean;
  /** Files besides, below /etc/mosquitto. */
  files: Map<string, string>;
  /** Paths of unix sockets. */
  sockets: string[];
}
