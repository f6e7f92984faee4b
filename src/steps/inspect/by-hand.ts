import { shellQuoted } from '../../text/typed.ts';
import { listening, portsOf, statusLines } from '../by-hand/listening.ts';
import { asRoot, onTheBroker } from '../by-hand/machines.ts';
import type { Setup } from '../contract/setup.ts';

/** What a person would type to look around: the configuration, the broker, its ports, who owns what. */
export function inspectByHand(setup: Setup): string[] {
  const { layout, service, program, canTry } = setup.broker;
  const practice = service.kind === 'practice';
  const folder = shellQuoted(layout.folder);
  return [
    onTheBroker(setup),
    asRoot(setup, [
      `grep -rv ^# --include=*.conf ${folder}`,
      // Root has that folder in its PATH; the stand-in is no mosquitto.
      ...(practice ? ['PATH=$PATH:/usr/sbin:/usr/local/sbin'] : []),
      ...(canTry ? [`${called(program)} -h | head -n 1`] : []),
      ...statusLines(service),
      practice ? listening(portsOf(setup)) : 'ss -ltnp | grep mosquitto',
      `ls -lR ${folder}`,
    ]),
  ];
}

/** Root has the usual one in its PATH. */
const called = (program: string): string =>
  ['', '/usr/sbin/mosquitto'].includes(program) ? 'mosquitto' : shellQuoted(program);
