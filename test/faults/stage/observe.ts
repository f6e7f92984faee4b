import { readdir, readFile } from 'node:fs/promises';
import type { TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import type { Home } from '../../support/program/lockstep.ts';

// What holds after a fault, seen with mosquitto_pub and _sub, stat, find and grep: nothing here is
// the code under test.

/** A broker and its host before anybody touched them. */
export interface Before {
  tree: string;
  service: string;
  /** How `mosquitto_pub` without a certificate ends, from outside and on the host itself. */
  anonymous: number | null;
  anonymousThere: number | null;
  tls: boolean;
  keys: string[];
}

export async function lookBefore(host: TestHost): Promise<Before> {
  return {
    tree: await observe.tree(host),
    service: (await observe.service(host)).state,
    anonymous: await observe.anonymous(host),
    anonymousThere: await observe.anonymousThere(host),
    tls: host.listens(8883),
    keys: await keysOn(host),
  };
}

/**
 * Which service there is: the one from before, the new one (a message goes round with a certificate,
 * and nobody gets in without), or, in words, something between.
 */
export async function serving(host: TestHost, home: Home, before: Before): Promise<string> {
  const [outside, there] = [await observe.anonymous(host), await observe.anonymousThere(host)];
  const { state } = await observe.service(host);
  const tls = host.listens(8883);
  const asBefore =
    outside === before.anonymous && there === before.anonymousThere && tls === before.tls;
  if (asBefore && state === before.service) return 'old';
  const mutual = tls && (await observe.roundTrip(observe.mutual(host, home)));
  if (mutual && outside !== 0 && there !== 0 && state === 'active') return 'new';
  return `neither: ${JSON.stringify({ state, outside, there, tls, mutual })}`;
}

/** Each path of `observe.tree` with all that is said of it but its time. */
export function entries(tree: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of tree.split('\n').filter(Boolean)) {
    const sum = /^([0-9a-f]{64}) {2}(.*)$/.exec(line);
    const [path, facts] = sum ? [sum[2] ?? '', sum[1]] : [line.split(' ')[0] ?? '', untimed(line)];
    found.set(path, `${found.get(path) ?? ''}${facts}\n`);
  }
  return found;
}

const untimed = (line: string) => line.replace(/ \d+\.\d+ /, ' ').trimEnd();

/**
 * What is neither as it was nor as planned, a line each. A folder in which something is made ready is
 * planned, when only root can look into it; others can when all of it is there, just before it gets its name.
 */
export function strayFiles(now: string, before: string, planned: string): string[] {
  const [are, were, shall] = [entries(now), entries(before), entries(planned)];
  const staged = [...are].flatMap(([path, facts]) =>
    /\/\.staging-[^/]+$/.test(path) && / d 7(00|55) root:root$/m.test(facts) ? [path] : [],
  );
  const stray = [...are].flatMap(([path, facts]) => {
    // What was made ready beside a file that is proved goes with the next run.
    if (/\/\.lockstep-[0-9a-f]{16}-\d{4}\.was$/.test(path)) return [];
    if (staged.some((folder) => path === folder || path.startsWith(`${folder}/`))) return [];
    return facts === were.get(path) || facts === shall.get(path) ? [] : [`stray: ${facts}`];
  });
  const gone = [...were.keys()].filter((path) => !are.has(path));
  return [...stray, ...gone.map((path) => `gone: ${path}`)];
}

/** Of two looks at the same broker: whether its configuration (all but certificates) is the same. */
export function sameConfiguration(one: string, other: string): boolean {
  const configuration = (tree: string) =>
    JSON.stringify(
      [...entries(tree)].filter(([path]) => !/\/(certs|ca_certificates)(\/|$)/.test(path)).sort(),
    );
  return configuration(one) === configuration(other);
}

/** Files of a host with a private key in them, wherever something of ours may have put one. */
async function keysOn(host: TestHost): Promise<string[]> {
  const places = ['etc', 'home', 'root', 'tmp', 'var', 'run', 'srv', 'opt', 'dev/shm'];
  const paths = places.map((name) => `/${name}`);
  const argv = ['grep', '-rlaE', '--devices=skip', '^-+BEGIN.* PRIVATE KEY', ...paths];
  return (await host.exec(argv)).stdout.split('\n').filter(Boolean).sort();
}

/** Private keys that others than their owner and the broker can read, there and here. */
export async function exposedKeys(host: TestHost, home: Home, before: Before): Promise<string[]> {
  const ours = (await keysOn(host)).filter((path) => !before.keys.includes(path));
  const script = 'for path do ! cat -- "$path" >/dev/null 2>&1 || echo "$path"; done';
  const readable: string[] = [];
  for (const user of ['nobody', host.ssh.user]) {
    const argv = ['runuser', '-u', user, '--', 'sh', '-c', script, 'read', ...ours];
    readable.push(...(await host.succeed(argv)).split('\n').filter(Boolean));
  }
  const search = ['-type', 'f', '-name', '*.key', '-perm', '/077', '-print'];
  const here = await program(['find', home.folder, ...search]);
  return [...new Set([...readable, ...here.stdout.split('\n').filter(Boolean)])];
}

/** Whether Lockstep still does something on the host, or has something armed there. */
export async function somethingPending(host: TestHost): Promise<boolean> {
  const armed = ['armed', 'reverting'].map((name) => `/var/lib/mqtt-lockstep/${name}`);
  if ((await host.stat(armed[0] ?? '')) || (await host.stat(armed[1] ?? ''))) return true;
  return workingThere(host);
}

/** Whether a program of Lockstep's changes something on the host now. */
export const workingThere = async (host: TestHost): Promise<boolean> =>
  (await host.exec(['sh', '-c', atWork])).code === 0;

/** What changes something has that folder among its words; so has who holds the operator's lock. */
const atWork = `for pid in $(pgrep -f '/var/lib/[m]qtt-lockstep'); do
  grep -q operator.lock "/proc/$pid/cmdline" || exit 0
done
exit 1`;

/** Processes of this machine that were started in that home. */
export async function childrenOf({ site }: Home): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (text.includes(`LOCKSTEP_HOME=${site}`))
      found.push(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => pid));
  }
  return found;
}
