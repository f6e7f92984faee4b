import type { Setup } from '../setup.ts';
import { anonymousTarget } from '../targets.ts';
import { messageLines } from './message.ts';
import { shellQuoted } from './quoting.ts';

/** What a person would type to see whether anybody may listen and speak. */
export function anonymousByHand(setup: Setup): string[] {
  const { host, port } = anonymousTarget(setup);
  return messageLines(setup, `-h ${shellQuoted(host)} -p ${port}`);
}
