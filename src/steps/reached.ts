import { isIP } from 'node:net';
import { clean } from '../clean.ts';
import type { Goal } from '../mosquitto/access.ts';
import { Trouble } from '../trouble.ts';
import type { Setup } from './setup.ts';

// The address of its own at which sshd was reached (ssh(1), SSH_CONNECTION), whatever forwards to
// it on the way; then those that a name stands for there.
const script = `
set -- "$1" $SSH_CONNECTION
printf '%s\\n' "\${4:-}"
getent ahosts -- "$1" | cut -d ' ' -f 1
`;

/**
 * Listeners stay bound to the address they are bound to. Where that is another one than the broker
 * is reached at from here, nothing could be proved after the restart: said before anything is done.
 */
export async function requireReached(setup: Setup, { binds, ports }: Goal): Promise<void> {
  const bind = binds[0]?.address;
  const { host, address } = setup.broker;
  if (host.kind !== 'ssh' || bind === undefined) return;
  if (bind === '0.0.0.0' || bind === '::') {
    if (isIP(address) === 0 || isIP(address) === isIP(bind)) return;
    const family = bind === '::' ? 'IPv6' : 'IPv4';
    throw elsewhere(ports.tls, bind, address, `Name an ${family} address of it (--broker).`);
  }
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep', bind], {
    doing: 'Asking by which address it is reached',
  });
  const [reached = '', ...named] = stdout.split('\n').map((line) => line.trim());
  const bound = isIP(bind) ? [bind] : named.filter(Boolean);
  // A name that stands for nothing there is told by the broker itself, when it is tried.
  if (reached === '' || bound.length === 0 || bound.includes(reached)) return;
  const next = `Go to a machine in the network of its clients and name that address there (--broker user@${clean(bind, 80)}).`;
  throw elsewhere(ports.tls, bind, reached, next);
}

function elsewhere(port: number, bind: string, reached: string, next: string): Trouble {
  return new Trouble(
    `Port ${port} would listen at ${clean(bind, 80)}, but you reach this broker at ${clean(reached, 80)}.`,
    {
      likely:
        'Its listener is bound to that address now, and stays so: nothing could be proved from here.',
      next: `${next} The configuration was not changed.`,
    },
  );
}
