import { shellQuoted } from '../../text/typed.ts';
import { knockAt } from '../by-hand/knock.ts';
import { comment, onTheBroker, sshTo } from '../by-hand/machines.ts';
import { messageLines, websocketLines } from '../by-hand/message.ts';
import type { Setup } from '../contract/setup.ts';
import { anonymousTarget } from '../reach/targets.ts';

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
