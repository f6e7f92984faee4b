import { Trouble } from '../../errors/trouble.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import type { Look } from '../inspection/look.ts';
import { socketIn } from '../locate/survey.ts';
import type { Broker } from '../service/broker.ts';
import { unitTyped } from '../service/unit.ts';
import { unknownPlugins } from '../trial/trial-tree.ts';

/**
 * Where the ports that the running broker listens at part from those of its files, as far as a restart with `after`
 * (the listeners that are planned) would open one, or close one, of which no plan that is worked out from the files
 * could tell; a sentence each. As root, who alone sees whose a socket is; where that cannot be seen nothing is said.
 */
export async function portsNotInUse(
  { host, service }: Broker,
  { configuration, effective }: Look,
  after: { listeners: readonly { port: number }[]; tls: number },
): Promise<string[]> {
  if (service.kind === 'practice' || !effective.loads) return [];
  const { stdout } = await host.run(scriptCommand('mosquitto/listens', service.unit ?? ''), {
    root: true,
    doing: 'Looking where the broker listens',
    look: true,
  });
  const running = new Set(stdout.split('\n').flatMap((local) => socketIn(local)?.port ?? []));
  const files = portsOf(effective.listeners);
  const planned = portsOf(after.listeners);
  // A plugin may listen, too, and is asked by nobody here.
  if (running.size === 0 || unknownPlugins(configuration).length > 0) return [];
  return [
    ...[...files]
      .filter((port) => !running.has(port) && planned.has(port) && port !== after.tls)
      .map((port) => `Its files open port ${port}, and it does not listen there yet.`),
    ...[...running]
      .filter((port) => !files.has(port) && !planned.has(port))
      .map((port) => `It listens at port ${port}, and its files do not say so.`),
  ];
}

const portsOf = (listeners: readonly { port: number }[]): Set<number> =>
  new Set(listeners.map(({ port }) => port).filter((port) => port > 0));

/** The running broker does something else than its files: who gets in now cannot be told from them. */
export function notInUse(
  { service }: Broker,
  edited: readonly string[],
  wrong: readonly string[],
): Trouble {
  const again = `restart it ("${service.restartCommand}"), see that it serves as you wish, then try again. Nothing was changed.`;
  return new Trouble('The running broker does not do what its files say.', {
    ...(edited.length > 0
      ? {
          likely: `${edited.join(', ')} ${edited.length === 1 ? 'was' : 'were'} changed after it was started, and it was not restarted since.`,
          next: `R${again.slice(1)}`,
        }
      : {
          likely:
            'Its command line names a port ("-p"), it was started with other files, or it reads them otherwise than Lockstep does.',
          next: `Look how it is started ("systemctl cat ${unitTyped(service.unit)}"), say ports in its configuration only, ${again}`,
        }),
    detail: wrong.join('\n'),
  });
}
