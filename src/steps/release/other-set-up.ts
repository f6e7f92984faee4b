import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { type Goal, untilNow } from '../../mosquitto/candidate/access.ts';
import { textOf } from '../../mosquitto/config/model/memory.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import { clean } from '../../text/clean.ts';
import { readText } from '../../this-machine/files.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { folderOf } from '../reach/targets.ts';
import { blocks } from './kept-authority.ts';

/** Another set-up of Lockstep (another home, another computer) has secured this broker with an authority of its own. */
export interface OtherSetUp {
  /** What its files are called until now, and where they are: the name is ours from the change on. */
  until: { named: string; is: string };
  /** Ports besides the one for certificates that use its files. */
  ports: number[];
}

/** Looks whose authority is behind the name that the broker's listeners use; null where it is ours, or none does. */
export async function otherSetUp(
  setup: Setup,
  { configuration }: Look,
): Promise<OtherSetUp | null> {
  const { host } = setup.broker;
  const { current } = brokerFiles(setup);
  const named = `${current}/`;
  const listeners = configuration.memory.listeners.map((one) => ({
    port: portOf(one),
    files: ['cafile', 'certfile', 'keyfile', 'crlfile', 'capath']
      .map((option) => textOf(one.settings, option) ?? '')
      .filter((file) => file.startsWith(named)),
    authority: textOf(one.settings, 'cafile') ?? '',
  }));
  const authority = listeners.map((one) => one.authority).find((file) => file.startsWith(named));
  if (authority === undefined) return null;
  const [pem, target, ours] = await Promise.all([
    host.read(authority, { root: true }),
    host.run(['readlink', '-f', '--', current], { root: true, doing: 'Looking at the broker' }),
    readText(join(folderOf(setup), 'root_ca.crt')).catch(() => null),
  ]);
  const is = target.stdout.trim();
  const [own] = blocks(ours ?? '');
  if (pem === null || is === '' || (own !== undefined && blocks(String(pem)).includes(own)))
    return null;
  const ports = listeners.filter(
    ({ port, files }) => port !== setup.answers.ports.tls && files.length > 0,
  );
  return { until: { named, is: `${is}/` }, ports: [...new Set(ports.map(({ port }) => port))] };
}

/** What the goal calls the other set-up's files until now. */
export function goalBeside(goal: Goal, other: OtherSetUp | null): Goal {
  if (other === null) return goal;
  const beside = { ...goal, until: other.until };
  const { keptAuthority } = goal;
  return keptAuthority === undefined
    ? beside
    : { ...beside, keptAuthority: untilNow(keptAuthority, beside) };
}

/** Files that serve other ports, too, would be replaced there unsaid. Nothing has been changed. */
export function refuseReplaced(other: OtherSetUp | null): void {
  if (other === null || other.ports.length === 0) return;
  const ports = other.ports.join(', ');
  throw new Trouble(`Port ${ports} uses the files of another set-up, which would be replaced.`, {
    likely: `This broker was secured from another computer or folder, with another authority (${clean(other.until.is, 200)}).`,
    next: 'Go on from there; or secure the same port (ports: {tls: ...}) and say what becomes of its clients (otherTls: keep or close). The configuration was not changed.',
  });
}
