import { Trouble } from '../../errors/trouble.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Broker } from '../service/broker.ts';

/**
 * Throws a Trouble where the broker's process finds something else, or nothing, in the places of its configuration
 * and certificates: it runs in a file system of its own, whoever gave it that. And where it runs another program than
 * the one whose rules count and that is tried: its arguments named that one. Root alone can look.
 */
export async function requireSeen({ host, layout, program, service }: Broker): Promise<void> {
  if (service.kind === 'practice') return;
  const paths = [layout.main, layout.folder, layout.certificates];
  const { stdout } = await host.run(
    scriptCommand('mosquitto/seen-by-process', service.unit ?? '', program, ...paths),
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
