import { clean } from '../clean.ts';
import { Trouble } from '../trouble.ts';
import type { Broker } from './broker.ts';
import { brokerProcess } from './process.ts';

// UNIT, then paths. What is there for the machine, and something else, or nothing, for the broker's process.
const script = `${brokerProcess}
pid=$(service_process "$1")
shift
[ -n "$pid" ] && [ -d "/proc/$pid/root/" ] || exit 0
for path do
  [ -e "$path" ] || continue
  [ "$(stat -L -c %d:%i -- "$path")" = "$(stat -L -c %d:%i -- "/proc/$pid/root$path" 2>/dev/null)" ] ||
    printf '%s\\n' "$path"
done
`;

/**
 * Throws a Trouble where the broker's process finds something else, or nothing, in the places of its configuration
 * and certificates: it runs in a file system of its own, whoever gave it that. Root alone can look.
 */
export async function requireSeen({ host, layout, service }: Broker): Promise<void> {
  if (service.kind === 'practice') return;
  const paths = [layout.main, layout.folder, layout.certificates];
  const { stdout } = await host.run(
    ['sh', '-c', script, 'lockstep', service.unit ?? '', ...paths],
    { root: true, doing: 'Looking what the broker sees', look: true },
  );
  const [path = ''] = stdout.split('\n');
  if (path === '') return;
  throw new Trouble(`The broker on ${clean(host.name, 80)} does not see ${clean(path, 200)}.`, {
    likely:
      'It was started in a file system of its own (chroot, a container, or what its service runs): it would not find what is written there.',
    next: 'Let it be started in that of the machine, then try again. The configuration was not changed.',
  });
}
