import { Trouble } from '../../errors/trouble.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Listener } from '../effective/listener.ts';
import { collide, type Socket } from '../effective/sockets.ts';
import { listeningIn } from '../locate/survey.ts';
import type { Broker } from '../service/broker.ts';
import { unitName } from '../service/unit.ts';

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
  const { stdout } = await host.run(scriptCommand('mosquitto/ports-taken', service.unit ?? ''), {
    root: true,
    doing: 'Looking whether the ports are free',
    look: true,
  });
  const [own = '', ...lines] = stdout.split('\n');
  const fields = lines.map((line) => line.split('\t'));
  const units = new Map(
    fields.flatMap(([word, pid = '', unit = '']) => (word === 'unit' ? [[pid, unit]] : [])),
  );
  const others = fields
    .flatMap(([word, local = '', who = '']) =>
      word === 'socket' ? (takenIn(local, who, units) ?? []) : [],
    )
    .filter(({ holders }) => !holders.some(({ pid }) => pid === Number(own)));
  for (const { port, addresses } of listeners)
    for (const address of addresses) {
      const taken = others.find((other) => collide({ port, address }, other));
      if (taken) throw notFree(host.name, taken);
    }
}

/** `who`: `users:(("sshd",pid=123,fd=4),("systemd",pid=1,fd=60))`. */
function takenIn(local: string, who: string, units: ReadonlyMap<string, string>): Taken | null {
  const found = listeningIn(local);
  if (!found) return null;
  const holders = [...who.matchAll(/\("([^"]*)",pid=(\d+),/g)].map(
    ([, program = '', pid = '']) => ({
      pid: Number(pid),
      unit: units.get(pid) ?? '',
      program,
    }),
  );
  return { ...found, holders };
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
    next: 'Choose another port for certificates (in the answers of Harden, or "ports" in the answers file), or stop what listens there; then try again. The configuration was not changed.',
  });
}
