import type { Setup } from '../setup.ts';
import { message, topic } from '../topics.ts';
import { comment } from './machines.ts';
import { shellQuoted } from './quoting.ts';

/**
 * A message there and back, as in the article's two terminals: a subscriber in the background that ends
 * with the first one, and a publisher that says it again, for the subscriber may be slow to come.
 */
export const messageLines = ({ answers }: Setup, options: string): string[] => {
  const to = shellQuoted(answers.topic || topic);
  return [
    `mosquitto_sub ${options} -t ${to} -v -C 1 -W 30 &`,
    `mosquitto_pub ${options} -t ${to} -m ${message} --repeat 3 --repeat-delay 2; wait`,
  ];
};

/**
 * The same to a listener for websockets, which mosquitto_pub(1) does not speak: by the program that comes with
 * mqtt.js (`mqtt help publish`). It says something only when it was refused.
 */
export const websocketLines = ({ answers }: Setup, at: string, over = false): string[] => [
  comment(
    'The port speaks websockets, and the clients of mosquitto do not. This one needs Node.js:',
  ),
  ...(over
    ? [comment('It is for the machine of the broker, where alone the port is reached.')]
    : []),
  `npx mqtt pub -C ws ${at} -t ${shellQuoted(answers.topic || topic)} -m ${message}`,
];
