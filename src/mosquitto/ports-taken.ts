import { clean } from '../clean.ts';
import { Trouble } from '../trouble.ts';
import type { Broker } from './broker.ts';
import type { Listener } from './effective.ts';
import { brokerProcess } from './process.ts';
import { collide, type Socket } from './sockets.ts';
import { socketIn } from './survey.ts';
import { unitName } from './unit.ts';

// The broker's process; then, a line for each listening socket, its address and port, and for every process that
// has it: program, number and service, parted by tabs. Names of programs come last: they may be anything.
const script = `${brokerProcess}
PATH=$PATH:/usr/sbin:/sbin
service_process "$1" || echo
ss -H -l -t -n -p 2>/dev/null | head -n 1000 | while read -r _ _ _ local _ who; do
  printf '%s' "$local"
  for pid in $(printf '%s\\n' "$who" | grep -oE '",pid=[0-9]+,' | tr -dc '0-9\\n'); do
    printf '\\t%s\\t%s\\t%s' "$pid" "$(group_unit "$pid")" "$(tr -d '\\t\\n' <"/proc/$pid/comm" 2>/dev/null)"
  done
  echo
done
`;

/** A socket that something on the broker's machine listens on. */
interface Taken extends Socket {
  holders: { pid: number; unit: string; program: string }[];
}

/**
 * Throws a Trouble where the broker would listen at what another program, or another broker, has taken: it could not
 * start. Seen in the kernel's own list (ss(8)), as root, who alone sees whose a socket is. Where there is no such list
 * nothing is said.
 */
export async function requireFreePorts(
  { host, service }: Broker,
  listeners: readonly Listener[],
): Promise<void> {
  if (service.kind === 'practice') return;
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep', service.unit ?? ''], {
    root: true,
    doing: 'Looking whether the ports are free',
  });
  const [own = '', ...lines] = stdout.split('\n');
  const others = lines
    .flatMap((line) => takenIn(line) ?? [])
    .filter(({ holders }) => !holders.some(({ pid }) => pid === Number(own)));
  for (const { port, addresses } of listeners)
    for (const address of addresses) {
      const taken = others.find((other) => collide({ port, address }, other));
      if (taken) throw notFree(host.name, taken);
    }
}

function takenIn(line: string): Taken | null {
  const [local = '', ...words] = line.split('\t');
  const found = socketIn(local);
  if (!found) return null;
  const holders = [];
  for (let index = 0; index + 2 < words.length; index += 3) {
    const [pid = '', unit = '', program = ''] = words.slice(index);
    holders.push({ pid: Number(pid), unit, program });
  }
  // A `*` is an IPv6 socket that takes IPv4, too.
  const address = found.address === '*' ? '::(dual)' : found.address.replace(/%.*/, '');
  return { address, port: found.port, holders };
}

function notFree(hostName: string, { port, address, holders }: Taken): Trouble {
  const [holder] = holders;
  const everywhere = ['0.0.0.0', '::', '::(dual)'].includes(address);
  const where = everywhere ? '' : ` at ${clean(address, 60)}`;
  const program = clean(holder?.program ?? '', 40);
  const unit = holder && unitName.test(holder.unit) ? `, ${holder.unit}` : '';
  const who = holder ? ` by ${program} (process ${holder.pid}${unit})` : '';
  return new Trouble(`Port ${port}${where} is taken on ${clean(hostName, 80)}${who}.`, {
    likely:
      program === 'mosquitto'
        ? 'Another broker listens there: this one could not start with the new configuration.'
        : 'Another program listens there: the broker could not start with the new configuration.',
    next: 'Choose another port ("ports" in the answers), or stop what listens there; then try again. The configuration was not changed.',
  });
}
