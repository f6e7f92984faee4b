import { shellQuoted } from '../../text/typed.ts';
import type { Setup } from '../contract/setup.ts';
import { message, topic } from '../reach/topics.ts';
import { comment } from './machines.ts';

/**
 * A message there and back, as in the article's two terminals: a subscriber in the background that ends
 * with the first one, and a publisher that says it again, for the subscriber may be slow to come. Where a port
 * takes one client at a time, one does both.
 */
export const messageLines = (setup: Setup, port: number, options: string): string[] => {
  const to = shellQuoted(setup.answers.topic || topic);
  const called = `${options}${idOption(setup)}`;
  const [limit] = (setup.listeners ?? []).flatMap((one) =>
    one.port === port ? (one.settings.maxConnections ?? []) : [],
  );
  if (limit === 1) return [`mosquitto_rr ${called} -t ${to} -e ${to} -m ${message} -v -W 30`];
  return [
    `mosquitto_sub ${called} -t ${to} -v -C 1 -W 30 &`,
    `mosquitto_pub ${called} -t ${to} -m ${message} --repeat 3 --repeat-delay 2; wait`,
  ];
};

/** How a client calls itself where ids have to begin with something (`clientid_prefixes`); else empty. */
export function idOption({ listeners = [] }: Setup): string {
  const prefix = listeners.find((one) => one.clientIdPrefix)?.clientIdPrefix?.prefix;
  return prefix === undefined ? '' : ` -I ${shellQuoted(prefix)}`;
}

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
