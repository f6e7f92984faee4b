import { Trouble } from '../../errors/trouble.ts';
import type { Goal } from '../../mosquitto/candidate/access.ts';
import { type Look, lookAt } from '../../mosquitto/inspection/look.ts';
import { probe } from '../../mqtt/probe.ts';
import { clean } from '../../text/clean.ts';
import type { Setup } from '../contract/setup.ts';
import { findPlainPort } from '../plain-port/find.ts';
import { goalOf } from './goal.ts';
import { byWay, here, type ListenerAddress, waysTo } from './ways.ts';

/**
 * As `requireReached`, for the broker as it is configured now: before anything is made for it. Once in a session
 * for each port; Harden looks again.
 */
export async function requireReachable(setup: Setup): Promise<void> {
  const { reaching, answers } = setup;
  // What was begun beside something else may have been given up with it: only its success is believed.
  if (reaching?.port === answers.ports.tls && (await reaching.found.then(yes, no))) return;
  delete setup.reaching;
  await beginReaching(setup, await lookAt(setup.broker));
}

const yes = () => true;
const no = () => false;

/** Begins to look for that way while something else is done; `requireReachable` tells what came of it. */
export function beginReaching(setup: Setup, look: Look): Promise<void> {
  const port = setup.answers.ports.tls;
  if (setup.reaching?.port === port) return setup.reaching.found;
  const found = reachAsNow(setup, look);
  found.catch(() => {});
  setup.reaching = { port, found };
  return found;
}

async function reachAsNow(setup: Setup, look: Look): Promise<void> {
  if (setup.broker.host.kind !== 'ssh') return;
  await findPlainPort(setup, look);
  const { plainPort } = setup;
  // Which of several is meant is asked in Harden; until then any of them will do.
  const one = typeof plainPort === 'object' && plainPort !== null ? plainPort.oneOf[0] : plainPort;
  await requireReached(setup, goalOf({ ...setup, plainPort: one ?? null }, look.configuration));
}

/**
 * Listeners stay bound to the address they are bound to. Where there is no way to knock at the one for
 * certificates, from nowhere, nothing could be proved after the restart: said before anything is done.
 */
export async function requireReached(setup: Setup, goal: Goal): Promise<void> {
  const { host, address } = setup.broker;
  if (host.kind !== 'ssh') return;
  const { ports, binds } = goal;
  const [bound = {}] = binds;
  const bind = bound.address ?? bound.device ?? null;
  const at: ListenerAddress = { port: ports.tls, address: bind, protocol: 'mqtt' };
  // Nothing listens there yet: what it is called from here is told by the port that does.
  const [ways, now] = await Promise.all([
    waysTo(setup, at),
    waysTo(setup, { ...at, port: ports.plain ?? ports.tls }),
  ]);
  const outside = now.filter(({ from }) => from === here);
  const told: string[] = [];
  // Those that are at hand first: a firewall may let everybody else wait.
  const all = [...ways, ...outside].sort((one, other) => Number(other.own) - Number(one.own));
  const target = { host: address, port: ports.tls, protocolVersion: 4 } as const;
  for (const way of all) {
    const seen = await byWay(way, target, (one) => probe(one, setup.signal));
    // Turned away at once: whoever listens there tomorrow would be heard.
    const answered = seen.observed !== 'unreachable' || seen.cause === 'connection-refused';
    if (answered || (way.own && seen.cause === 'network')) return;
    told.push(`From ${way.from}: ${seen.words}`);
  }
  throw noWay(ports.tls, at.address, [...new Set(told)]);
}

function noWay(port: number, address: string | null, told: string[]): Trouble {
  const at = address === null ? '' : ` at ${clean(address, 80)}`;
  return new Trouble(`There is no way to prove from here who gets in by port ${port}${at}.`, {
    likely:
      "Nothing leads there from here, and the SSH server on the broker's machine forwards no connections.",
    next: "Do one of these: allow it (AllowTcpForwarding local in that machine's sshd_config); name a client that has a machine in the broker's network (clients: host); or run lockstep on a machine from which the port is reached. The broker was not changed.",
    detail: told.join('\n'),
  });
}
