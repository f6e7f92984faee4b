import type { Goal } from '../mosquitto/access.ts';
import { textOf } from '../mosquitto/memory.ts';
import type { Configuration } from '../mosquitto/read.ts';
import { isLocalOnly } from '../mosquitto/sockets.ts';
import { brokerName } from './names.ts';
import type { Setup } from './setup.ts';

/** Where the broker's files are on its host; the release folder is switched by one rename. */
export interface BrokerFiles {
  /** The symbolic link that names the release in use. */
  current: string;
  /** Releases are folders beside it: `release-0001`, … */
  folder: string;
  names: { certificate: string; key: string; authority: string };
}

export function brokerFiles(setup: Setup): BrokerFiles {
  const { certificates } = setup.broker.layout;
  const name = brokerName(setup);
  return {
    current: `${certificates}/current`,
    folder: certificates,
    names: { certificate: `${name}.crt`, key: `${name}.key`, authority: 'root_ca.crt' },
  };
}

/** What the broker is to let in, from the answers and from where it listens now. */
export function goalOf(setup: Setup, present: Configuration): Goal {
  const { answers } = setup;
  const { current, names } = brokerFiles(setup);
  const bound = boundTo(present, answers.ports);
  // Who secures a broker from another machine wants to reach it from there.
  const opens = bound.bind !== undefined && isHere(bound.bind) && setup.broker.host.kind === 'ssh';
  return {
    ports: answers.ports,
    plainListener: answers.plainListener,
    minimumTls: answers.minimumTls,
    ...(opens ? {} : bound),
    certfile: `${current}/${names.certificate}`,
    keyfile: `${current}/${names.key}`,
    cafile: `${current}/${names.authority}`,
  };
}

type Bound = Pick<Goal, 'bind' | 'device'>;

const isHere = (address: string): boolean => address === 'localhost' || isLocalOnly(address);

/**
 * A listener that was bound to one address or interface stays bound to it: hardening never opens a
 * door to a network that had none. The practice broker stays on this machine for the same reason.
 * Only where a broker was bound to its own machine and is secured over SSH the door for certificates
 * is opened, and that is told.
 */
function boundTo({ memory }: Configuration, ports: { plain: number; tls: number }): Bound {
  for (const port of [ports.tls, ports.plain]) {
    const bounds = memory.listeners
      .filter((one) => one.port === port && one.path === undefined)
      .map(({ host, settings }): Bound => {
        const device = textOf(settings, 'bind_interface');
        if (host !== undefined) return { bind: host };
        if (device === 'lo') return { bind: '127.0.0.1' };
        return device === undefined ? {} : { device };
      });
    const outward = bounds.find(({ bind }) => bind === undefined || !isHere(bind));
    const found = outward ?? bounds[0];
    if (found) return found;
  }
  return {};
}
