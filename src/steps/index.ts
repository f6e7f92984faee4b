import { anonymous } from './anonymous.ts';
import { authority } from './authority.ts';
import { certificates } from './certificates.ts';
import { distribute } from './distribute.ts';
import { harden } from './harden.ts';
import { inspect } from './inspect.ts';
import type { Step } from './step.ts';
import { verify } from './verify.ts';

/** The seven steps, in order. */
export const steps: readonly Step[] = [
  inspect,
  anonymous,
  authority,
  certificates,
  distribute,
  harden,
  verify,
];
