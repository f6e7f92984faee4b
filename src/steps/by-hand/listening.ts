import { unitTyped } from '../../mosquitto/service/unit.ts';
import type { Setup } from '../contract/setup.ts';
import { anonymousTarget } from '../reach/targets.ts';

/** The ports as they are, the plain one first. */
export const portsOf = (setup: Setup): number[] => [
  anonymousTarget(setup).port,
  setup.answers.ports.tls,
];

/** Who listens on these ports. */
export const listening = (ports: readonly number[]): string =>
  `ss -ltnp ${ports.map((port) => `sport = :${port}`).join(' or ')}`;

/** How the broker is. */
export function statusLines({ kind, unit }: Setup['broker']['service']): string[] {
  if (kind === 'systemd') return [`systemctl --no-pager status ${unitTyped(unit)}`];
  if (kind === 'sysv') return ['service mosquitto status'];
  return kind === 'process' ? ['ps -o pid,user,args -C mosquitto'] : [];
}
