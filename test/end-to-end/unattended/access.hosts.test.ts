import { inputs, onHost } from '../access/inputs.ts';
import { onStages } from '../access/on-stages.ts';

// Nobody is let in whom a listener did not let in before, and who is shut out is in the plan: on the smallest
// brokers on which that was once not so.
onStages(
  'small brokers that people have',
  (suite) =>
    inputs.filter((one) => one.suite === suite).map((one) => ({ one, choice: one.choice })),
  { prepare: (one, { host }) => onHost(one, host.address) },
);
