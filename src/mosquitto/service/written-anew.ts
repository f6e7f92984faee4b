import { createHash } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import type { Broker } from './broker.ts';
import { unitTyped, usualUnit } from './unit.ts';

// UNIT, then a path and the SHA-256 that it should have, in turn. What the unit runs before the broker, then
// the paths that have another.
export const script = `
unit=$1
shift
systemctl show "$unit" -p ExecStartPre -p ExecStart 2>/dev/null | sed -n 's/^Exec[A-Za-z]*={ path=\\([^ ;]*\\) .*/by\\t\\1/p'
[ ! -x /etc/init.d/mosquitto ] || [ -d /run/systemd/system ] || printf 'by\\t/etc/init.d/mosquitto\\n'
while [ $# -gt 1 ]; do
  sum=$(sha256sum <"$1" 2>/dev/null | cut -c 1-64)
  [ "$sum" = "$2" ] || printf 'differs\\t%s\\n' "$1"
  shift 2
done
`;

/** What packages have run before a broker: it makes and opens folders. */
const harmless = /^(mkdir|chown|chmod|install|test|mosquitto)$/;

/**
 * Whether a configuration file is not as it was written before the restart: then something has written it anew when
 * the broker started (a router's init script, a unit's ExecStartPre), and what runs is not what was agreed to. Null
 * where all is as written. `files`: as latin1 text.
 */
export async function writtenAnew(
  { host, service }: Broker,
  files: readonly { path: string; after: string }[],
): Promise<Trouble | null> {
  if (service.kind === 'practice' || files.length === 0) return null;
  const sums = files.map(({ path, after }) => [
    path,
    createHash('sha256').update(Buffer.from(after, 'latin1')).digest('hex'),
  ]);
  const unit = service.unit ?? usualUnit;
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep', unit, ...sums.flat()], {
    root: true,
    doing: 'Looking whether the configuration is as it was written',
  });
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const of = (word: string) =>
    lines.flatMap(([first, ...rest]) => (first === word ? [rest.join(' ')] : []));
  const [path] = of('differs');
  if (path === undefined) return null;
  const by = of('by').filter((one) => !harmless.test(one.slice(one.lastIndexOf('/') + 1)));
  const whom = by.length > 0 ? by.map((one) => clean(one, 120)).join(', ') : 'something there';
  return new Trouble('The configuration was written anew when the broker started.', {
    likely: `${clean(path, 200)} is not as it was written before the restart: ${whom} makes it at each start.`,
    next: `Change what it is made from (on a router its own settings; "systemctl cat ${unitTyped(service.unit)}" shows what runs), or let the broker use a file that stays; then try again.`,
  });
}
