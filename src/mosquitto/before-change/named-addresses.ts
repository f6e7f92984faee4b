import { isIP } from 'node:net';
import { Trouble } from '../../errors/trouble.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { isLocalHost, isLocalOnly } from '../effective/sockets.ts';
import type { Broker } from '../service/broker.ts';

/**
 * Throws a Trouble where a listener is bound to a name that only means the broker's machine itself there (Debian's
 * `127.0.1.1 NAME` in /etc/hosts): whom it reaches would be told wrong, and a listener bound like it would be
 * reached by nobody. One round trip, where there is such a name at all.
 */
export async function requireNamesReachOut(
  { host, service }: Broker,
  { memory }: Configuration,
): Promise<void> {
  const names = [
    ...new Set(
      memory.listeners.flatMap(({ host: name }) =>
        name && isIP(name) === 0 && !isLocalHost(name) ? [name] : [],
      ),
    ),
  ];
  if (names.length === 0 || service.kind === 'practice') return;
  const { stdout } = await host.run(scriptCommand('mosquitto/bound-names', ...names), {
    doing: 'Asking what a listener is bound to',
  });
  for (const line of stdout.split('\n')) {
    const [name = '', found = ''] = line.split('\t');
    const addresses = found.trim().split(' ').filter(Boolean);
    if (addresses.length === 0 || !addresses.every(isLocalOnly)) continue;
    throw new Trouble(
      `A listener is bound to ${clean(name, 80)}, which is ${clean(addresses.join(', '), 80)} there.`,
      {
        likely: 'That machine knows the name as its own: only programs on it reach the listener.',
        next: 'Write the address in its place, of the network or of the machine itself, restart the broker, then try again. The configuration was not changed.',
      },
    );
  }
}
