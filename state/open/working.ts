// What works on a site, loaded when one is opened: the first frame waits for none of it.
export { steps } from '../../src/steps/index.ts';
export { verify as verifyStep } from '../../src/steps/verify/verify.ts';
export { openSite } from './open.ts';
