import type { Suite } from '../../support/hosts/suites.ts';
import { onHost } from '../access/inputs.ts';
import { all, onStages, type Turn } from '../access/on-stages.ts';
import { count, generated } from '../generated/configuration.ts';

// Configurations made up, which combine what people have: each loads on its broker, and with its choice nobody
// gets in by it, or is shut out unsaid. All of them are met in npm run corpus, a few in every test run.
const few: readonly number[] = [
  3, // two password files, each in one listener
  10, // two authorities
  17, // passwords and an access list by plugins of one listener
  22, // a revocation list
  33, // Debian's folder in the middle of a listener, before its certificates
  110, // a bridge, a unix socket, a database by a plugin
];

const turnsOf = (suite: Suite): Turn[] =>
  (all ? Array.from({ length: count }, (_, number) => number) : few)
    .map(generated)
    .filter((one) => one.suite === suite);

onStages('configurations made up', turnsOf, {
  prepare: (one, { host }) => onHost(one, host.address),
});
