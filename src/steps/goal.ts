import type { Goal } from '../mosquitto/access.ts';
import type { Configuration } from '../mosquitto/read.ts';
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
  const bind = boundTo(present, answers.ports);
  return {
    ports: answers.ports,
    plainListener: answers.plainListener,
    minimumTls: answers.minimumTls,
    ...(bind ? { bind } : {}),
    certfile: `${current}/${names.certificate}`,
    keyfile: `${current}/${names.key}`,
    cafile: `${current}/${names.authority}`,
  };
}

/**
 * A listener that was bound to one address stays bound to it: hardening never opens a door to a
 * network that had none. The practice broker stays on this machine for the same reason.
 */
function boundTo(present: Configuration, ports: { plain: number; tls: number }): string | null {
  for (const port of [ports.tls, ports.plain]) {
    const directive = present.directives.find(
      (one) => one.option === 'listener' && Number(one.value.split(/ +/)[0]) === port,
    );
    if (directive) return directive.value.split(/ +/)[1] ?? null;
  }
  return null;
}
