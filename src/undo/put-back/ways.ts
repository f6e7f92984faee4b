import { hostScript } from '../../host-scripts/script.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { notRegistered } from './troubles.ts';

/** The way from a path to what it names, as the kernel goes it (path_resolution(7)). */
export interface Way {
  /** The links on it, in order: where each really lies, and what of the path comes after it. */
  links: { link: string; rest: string }[];
  /** Where it ends, links followed; null where nothing is there. */
  end: string | null;
}

/** The ways from full paths, in one round trip, as root. A look that failed is a Trouble. */
export async function waysFrom(
  { host, layout }: Broker,
  paths: readonly string[],
): Promise<Map<string, Way>> {
  // A folder of authorities has hundreds: more than one command line holds.
  const found = await host.run(
    ['xargs', '-0', '-r', 'sh', '-c', hostScript('undo/ways'), 'lockstep'],
    {
      root: true,
      doing: 'Looking what the configuration names',
      input: paths.map((path) => `${path}\0`).join(''),
      limit: 8 * 1024 * 1024,
    },
  );
  if (found.code !== 0 || found.truncated)
    throw notRegistered('What the configuration names cannot be told.', layout.state, found);
  const ways = new Map<string, Way>();
  let links: Way['links'] = [];
  for (const record of found.stdout.split('\0')) {
    const space = record.indexOf(' ');
    const [word, value] = [record.slice(0, space), record.slice(space + 1)];
    const last = links.at(-1);
    if (word === 'link') links.push({ link: value, rest: '' });
    else if (word === 'rest' && last) last.rest = value;
    else if (word === 'end') {
      ways.set(paths[ways.size] ?? '', { links, end: value || null });
      links = [];
    }
  }
  return ways;
}
