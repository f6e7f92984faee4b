import { clean } from '../clean.ts';
import { Trouble } from '../trouble.ts';
import type { Broker } from './broker.ts';
import type { Look } from './look.ts';
import { brokerProcess } from './process.ts';
import { unknownPlugins } from './shadow-tree.ts';
import { socketIn } from './survey.ts';

/** What the running broker was started with, as far as that can be seen; null where none runs. */
export interface InUse {
  /** Files of the configuration that were changed after it was started. */
  edited: string[];
}

// The age of the process holds also where the clock was set since (see next-boot.ts).
const script = `${brokerProcess}
PATH=$PATH:/usr/sbin:/sbin
pid=$(service_process "$1") && age=$(ps -o etimes= -p "$pid" | tr -d ' ') && now=$(date +%s) || exit 0
shift
for path do
  find "$path" -maxdepth 0 -newerct "@$((now - age + 1))" ! -newerct "@$((now + 1))" -printf 'edited\\t%p\\n' 2>/dev/null
done
ss -H -l -t -n -p 2>/dev/null | grep -F "pid=$pid," | awk '{ print "socket\\t" $4 }'
`;

/**
 * Compares the ports that the running broker listens at with those of its files and with `after`, those that are
 * planned. Throws a Trouble where a restart would open one, or close one, of which no plan that is worked out
 * from the files could tell. As root, who alone sees whose a socket is; where that cannot be seen nothing is said.
 */
export async function requireInUse(
  { host, service }: Broker,
  { configuration, effective }: Look,
  after: { listeners: readonly { port: number }[]; tls: number },
): Promise<InUse> {
  if (service.kind === 'practice' || !effective.loads) return { edited: [] };
  const { stdout } = await host.run(
    ['sh', '-c', script, 'lockstep', service.unit ?? '', ...configuration.files],
    { root: true, doing: 'Looking whether the broker uses its files' },
  );
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const of = (word: string) =>
    lines.flatMap(([first, value = '']) => (first === word ? [value] : []));
  const edited = of('edited').map((path) => clean(path, 200));
  const running = new Set(of('socket').map((local) => socketIn(local)?.port ?? 0));
  const files = portsOf(effective.listeners);
  const planned = portsOf(after.listeners);
  // A plugin may listen, too, and is asked by nobody here.
  if (running.size === 0 || unknownPlugins(configuration).length > 0) return { edited };
  const wrong = [
    ...[...files]
      .filter((port) => !running.has(port) && planned.has(port) && port !== after.tls)
      .map((port) => `Its files open port ${port}, and it does not listen there yet.`),
    ...[...running]
      .filter((port) => !files.has(port) && !planned.has(port))
      .map((port) => `It listens at port ${port}, and its files do not say so.`),
  ];
  if (wrong.length > 0) throw notInUse(service.restartCommand, edited, wrong);
  return { edited };
}

const portsOf = (listeners: readonly { port: number }[]): Set<number> =>
  new Set(listeners.map(({ port }) => port).filter((port) => port > 0));

/** The running broker does something else than its files: who gets in now cannot be told from them. */
export function notInUse(restart: string, edited: readonly string[], wrong: readonly string[]) {
  return new Trouble('The running broker does not do what its files say.', {
    likely:
      edited.length > 0
        ? `${edited.join(', ')} ${edited.length === 1 ? 'was' : 'were'} changed after it was started, and it was not restarted since.`
        : 'It was started with other options, or with other files, than its service names.',
    next: `Restart it ("${restart}"), see that it serves as you wish, then try again. Nothing was changed.`,
    detail: wrong.join('\n'),
  });
}
