import { createHash } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Broker } from './broker.ts';
import { unitTyped, usualUnit } from './unit.ts';

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
  const { stdout } = await host.run(scriptCommand('mosquitto/written-anew', unit, ...sums.flat()), {
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
