import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import type { Broker } from '../service/broker.ts';
import { brokerProcess } from '../service/process.ts';

// UNIT, PROGRAM, then paths. The program of the broker's process, where it is another Mosquitto; then what is there
// for the machine, and something else, or nothing, for that process.
export const script = `${brokerProcess}
pid=$(service_process "$1") program=$2
shift 2
[ -n "$pid" ] && [ -d "/proc/$pid/root/" ] || exit 0
exe=$(readlink "/proc/$pid/exe")
case \${exe% (deleted)} in
  "$program" | "$(readlink -f -- "$program")") echo ;;
  */mosquitto*) printf '%s\\n' "$exe" ;;
  *) echo ;;
esac
for path do
  [ -e "$path" ] || continue
  here=$(stat -L -c %d:%i -- "$path")
  there=$(stat -L -c %d:%i -- "/proc/$pid/root$path" 2>/dev/null)
  [ "$here" = "$there" ] || printf '%s\\n' "$path"
done
`;

/**
 * Throws a Trouble where the broker's process finds something else, or nothing, in the places of its configuration
 * and certificates: it runs in a file system of its own, whoever gave it that. And where it runs another program than
 * the one whose rules count and that is tried: its arguments named that one. Root alone can look.
 */
export async function requireSeen({ host, layout, program, service }: Broker): Promise<void> {
  if (service.kind === 'practice') return;
  const paths = [layout.main, layout.folder, layout.certificates];
  const { stdout } = await host.run(
    ['sh', '-c', script, 'lockstep', service.unit ?? '', program, ...paths],
    { root: true, doing: 'Looking what the broker sees', look: true },
  );
  const [exe = '', path = ''] = stdout.split('\n');
  if (exe !== '') throw otherProgram(host.name, exe, program);
  if (path === '') return;
  throw new Trouble(`The broker on ${clean(host.name, 80)} does not see ${clean(path, 200)}.`, {
    likely:
      'It was started in a file system of its own (chroot, a container, or what its service runs): it would not find what is written there.',
    next: 'Let it be started in that of the machine, then try again. The configuration was not changed.',
  });
}

function otherProgram(name: string, exe: string, program: string): Trouble {
  return new Trouble(
    `The broker that runs on ${clean(name, 80)} is ${clean(exe, 200)}, and not ${clean(program, 200)}.`,
    {
      likely:
        'It was started under the name of another program, so what was said of it was said of that one.',
      next: 'Name it with its full path in its unit (ExecStart=), restart it, then try again. The configuration was not changed.',
    },
  );
}
