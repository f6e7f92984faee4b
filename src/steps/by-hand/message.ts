import type { Setup } from '../setup.ts';
import { message, topic } from '../topics.ts';
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
