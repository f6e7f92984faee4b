import { unitTyped } from '../../mosquitto/unit.ts';
import type { Setup } from '../setup.ts';
import { anonymousTarget } from '../targets.ts';
import { asRoot, onTheBroker } from './machines.ts';
import { shellQuoted } from './quoting.ts';

/** What a person would type to look around: the configuration, the broker, its ports, who owns what. */
export function inspectByHand(setup: Setup): string[] {
  const { layout, service, program, canShadow } = setup.broker;
  const practice = service.kind === 'practice';
  const folder = shellQuoted(layout.folder);
  return [
    onTheBroker(setup),
    asRoot(setup, [
      `grep -rv ^# --include=*.conf ${folder}`,
      // Root has that folder in its PATH; the stand-in is no mosquitto.
      ...(practice ? ['PATH=$PATH:/usr/sbin:/usr/local/sbin'] : []),
      ...(canShadow ? [`${called(program)} -h | head -n 1`] : []),
      ...statusLines(service),
      practice ? listening(portsOf(setup)) : 'ss -ltnp | grep mosquitto',
      `ls -lR ${folder}`,
    ]),
  ];
}

/** The ports as they are, the plain one first. */
export const portsOf = (setup: Setup): number[] => [
  anonymousTarget(setup).port,
  setup.answers.ports.tls,
];

/** Who listens on these ports. */
export const listening = (ports: readonly number[]): string =>
  `ss -ltnp ${ports.map((port) => `sport = :${port}`).join(' or ')}`;

/** Root has the usual one in its PATH. */
const called = (program: string): string =>
  ['', '/usr/sbin/mosquitto'].includes(program) ? 'mosquitto' : shellQuoted(program);

/** How the broker is. */
export function statusLines({ kind, unit }: Setup['broker']['service']): string[] {
  if (kind === 'systemd') return [`systemctl --no-pager status ${unitTyped(unit)}`];
  if (kind === 'sysv') return ['service mosquitto status'];
  return kind === 'process' ? ['ps -o pid,user,args -C mosquitto'] : [];
}
