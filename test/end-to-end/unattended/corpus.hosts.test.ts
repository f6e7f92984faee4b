import { all, onStages } from '../access/on-stages.ts';
import { differsFromTold } from '../corpus/told.ts';
import { fewOf, turnsOf } from '../corpus/turns.ts';

// Configurations of other people come through a set-up and its undo unharmed, on real hosts, and nobody gets in
// by it, or is shut out unsaid. Going through all takes hours (npm run corpus; a third of them with -- -t
// bookworm and so on); in every test run a few are tried.
onStages('configurations of others', all ? turnsOf : fewOf, { look: differsFromTold });
