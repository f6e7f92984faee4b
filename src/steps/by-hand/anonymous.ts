import type { Setup } from '../setup.ts';
import { anonymousTarget } from '../targets.ts';
import { knockAt } from './doors.ts';
import { comment, onTheBroker, sshTo } from './machines.ts';
import { messageLines, websocketLines } from './message.ts';
import { shellQuoted } from './quoting.ts';

/** What a person would type to see whether anybody may listen and speak. */
export function anonymousByHand(setup: Setup): string[] {
  const { answers } = setup;
  const { port } = anonymousTarget(setup);
  const { address, over, protocol } = knockAt(setup, port);
  const at = `-h ${shellQuoted(address)} -p ${port}`;
  if (protocol === 'websockets') return websocketLines(setup, at, over);
  const lines = messageLines(setup, port, at);
  if (!over) return [comment('Both programs are in the package mosquitto-clients.'), ...lines];
  const there = `${sshTo(answers, answers.broker)} ${shellQuoted(lines.join('\n'))} </dev/null`;
  return [onTheBroker(setup), there];
}
