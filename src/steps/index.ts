import { anonymous } from './anonymous/anonymous.ts';
import { authority } from './authority/authority.ts';
import { certificates } from './certificates/certificates.ts';
import type { Step } from './contract/step.ts';
import { distribute } from './distribute/distribute.ts';
import { harden } from './harden/harden.ts';
import { inspect } from './inspect/inspect.ts';
import { verify } from './verify/verify.ts';

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
