import { posix } from 'node:path';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Broker } from '../service/broker.ts';
import { type Finding, found } from './advice/finding.ts';

/**
 * What only the next start or boot of the broker's machine would show: a trial beside the live broker does
 * not. One round trip, without root.
 */
export async function nextBootFindings(broker: Broker): Promise<Finding[]> {
  const { host, layout, service, program } = broker;
  // The broker for practice lives in a folder of its own, for as long as that is wanted.
  if (service.kind === 'practice') return [];
  const kept = posix.dirname(layout.state);
  const folders = [layout.folder, layout.certificates, kept];
  const { stdout } = await host.run(
    scriptCommand('mosquitto/next-boot', service.unit ?? '', program, ...folders),
    { doing: 'Looking what the next boot would show' },
  );
  const lines = [...new Set(stdout.split('\n'))].map((line) => line.split('\t'));
  const of = (word: string) =>
    lines.flatMap(([first, path = '']) => (first === word ? [clean(path, 200)] : []));
  const volatile = of('volatile');
  const configuration = volatile.find((path) => path !== kept);
  return [
    ...of('changed').map(untriedStart),
    ...(configuration
      ? [goneAtReboot(configuration, layout.main)]
      : volatile.map((path) => undoGone(path, layout.main))),
  ];
}

/**
 * The running broker was started before its unit, or the program itself, was last changed: nobody knows
 * yet whether it starts with them.
 */
const untriedStart = (file: string): Finding =>
  found(
    'untried-start',
    'warning',
    { file, line: 1 },
    `${file} was changed after the broker was started: the next restart is the first with it.`,
    'Restart the broker when a short gap does no harm, before you change anything else.',
  );

/** As on a board that spares its card: true also of a broker that was secured before that. */
const goneAtReboot = (path: string, file: string): Finding =>
  found(
    'gone-at-reboot',
    'warning',
    { file, line: 1 },
    `What is changed in ${path} now stays in memory: at the next boot the broker is again as the disk has it.`,
    'Before a change let the disk be written to (Raspberry Pi OS: "sudo raspi-config", Performance Options, Overlay File System, No); protect it again afterwards.',
  );

const undoGone = (path: string, file: string): Finding =>
  found(
    'undo-gone-at-reboot',
    'warning',
    { file, line: 1 },
    `What is written to ${path} is in memory only: after a reboot nothing can be put back, neither by itself nor by "lockstep undo".`,
    'Keep a copy of the configuration yourself, and do not switch the machine off while it is changed.',
  );
