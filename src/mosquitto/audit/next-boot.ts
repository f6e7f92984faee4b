import { posix } from 'node:path';
import { clean } from '../../text/clean.ts';
import type { Broker } from '../service/broker.ts';
import { brokerProcess } from '../service/process.ts';
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
    ['sh', '-c', script, 'lockstep', service.unit ?? '', program, ...folders],
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

// The age of the broker's process holds also where the clock was set since. What is there in
// /etc/systemd but not loaded counts from the next boot on.
//
// An overlay is as lasting as what it writes to (overlayfs, in the kernel's documentation). One whose upper
// folder cannot be seen from here is not judged.
export const script = `${brokerProcess}
PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin
unit=$1 program=$2
shift 2
of=\${unit:-mosquitto.service}
files=$(systemctl show "$of" -p FragmentPath -p DropInPaths 2>/dev/null | cut -d= -f2-)
pid=$(service_process "$unit") && age=$(ps -o etimes= -p "$pid" | tr -d ' ') && now=$(date +%s) && find \\
  $files \\
  "/etc/systemd/system/$of" "/etc/systemd/system/$of".d/*.conf \\
  "/etc/systemd/system/\${of%%@*}@.service.d"/*.conf "$program" -maxdepth 0 \\
  -newerct "@$((now - age + 1))" ! -newerct "@$((now + 1))" -printf 'changed\\t%p\\n' 2>/dev/null
for path do
  mount=$(findmnt -n -o FSTYPE,OPTIONS -T "$path" 2>/dev/null | tail -n 1)
  case $mount in
    overlay*)
      upper=\${mount##*upperdir=}
      upper=\${upper%%,*}
      mount=
      [ ! -d "$upper" ] || mount=$(findmnt -n -o FSTYPE -T "$upper" 2>/dev/null | tail -n 1)
      ;;
  esac
  case $mount in tmpfs* | ramfs*) printf 'volatile\\t%s\\n' "$path" ;; esac
done
`;

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
