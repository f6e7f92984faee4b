import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import type { Setup } from '../contract/setup.ts';
import { topicAt } from '../reach/topics.ts';

/** So many are looked at one by one. */
const most = 20;

/**
 * The clients whom the access list of the port for certificates lets do nothing, or of whom that is not known
 * (it cannot be read, or they are too many); none where no access list counts there.
 */
export async function barredClients(
  setup: Setup,
  { configuration, effective }: Candidate,
): Promise<string[]> {
  const { clients, ports } = setup.answers;
  const listener = effective.listeners.find((one) => one.port === ports.tls);
  if (!listener?.settings.aclFile) return [];
  // What the list allows, whichever topic is wished for.
  const any = { ...setup, answers: { ...setup.answers, topic: '' } };
  const names = clients.map(({ name }) => name);
  const choices = await Promise.all(
    names.slice(0, most).map((name) => topicAt(any, listener, { configuration }, name)),
  );
  return names.filter((_, index) => {
    const choice = choices[index];
    return choice === undefined || choice.nothing || choice.uncertain;
  });
}
