import { posix } from 'node:path';
import type { Broker } from './broker.ts';
import { type Finding, found } from './findings/finding.ts';
import type { ServiceState } from './service.ts';

/**
 * What only the next start or boot of the broker's machine would show: a trial beside the live broker does
 * not. One round trip.
 */
export async function nextBootFindings(
  broker: Broker,
  asking: Promise<ServiceState>,
): Promise<Finding[]> {
  const [state, volatile] = await Promise.all([asking, volatileFolders(broker)]);
  return [...untriedStart(state), ...volatile];
}

/**
 * The running broker was started before its unit file, or the program itself, was last changed: nobody
 * knows yet whether it starts with them, and a trial beside it does not tell.
 */
const untriedStart = ({ changed }: ServiceState): Finding[] =>
  changed.map((file) =>
    found(
      'untried-start',
      'warning',
      { file, line: 1 },
      `${file} was changed after the broker was started: the next restart is the first with it.`,
      'Restart the broker when a short gap does no harm, before you change anything else.',
    ),
  );

// An overlay is as lasting as what it writes to (overlayfs, in the kernel's documentation). One whose upper
// folder cannot be seen from here is not judged.
const script = `
for path in "$@"; do
  mount=$(findmnt -n -o FSTYPE,OPTIONS -T "$path" 2>/dev/null | tail -n 1)
  case $mount in
    overlay*)
      upper=\${mount##*upperdir=}
      upper=\${upper%%,*}
      mount=
      [ ! -d "$upper" ] || mount=$(findmnt -n -o FSTYPE -T "$upper" 2>/dev/null | tail -n 1)
      ;;
  esac
  case $mount in tmpfs* | ramfs*) printf '%s\\n' "$path" ;; esac
done
`;

/**
 * Folders of the broker's machine that are in memory only, as on a board that spares its card: at the next
 * boot the broker is as it was.
 */
async function volatileFolders({ host, layout, service }: Broker): Promise<Finding[]> {
  // That one lives in a folder of its own, and for as long as that is wanted.
  if (service.kind === 'practice') return [];
  const kept = posix.dirname(layout.state);
  const { stdout } = await host.run(
    ['sh', '-c', script, 'lockstep', layout.folder, layout.certificates, kept],
    { root: true, doing: 'Looking whether its disk keeps what is written' },
  );
  const gone = stdout.split('\n');
  const place = { file: layout.main, line: 1 };
  const configuration = [layout.folder, layout.certificates].find((path) => gone.includes(path));
  if (configuration)
    return [
      found(
        'gone-at-reboot',
        'critical',
        place,
        `What is written to ${configuration} is in memory only: at the next boot it is gone, and the broker lets in whom it let in before.`,
        'Let the file system be written to first (Raspberry Pi OS: "sudo raspi-config", Performance Options, Overlay File System, No), set the broker up, then protect it again.',
      ),
    ];
  return gone.includes(kept)
    ? [
        found(
          'undo-gone-at-reboot',
          'warning',
          place,
          `What is written to ${kept} is in memory only: after a reboot nothing can be put back, neither by itself nor by "lockstep undo".`,
          'Keep a copy of the configuration yourself, and do not switch the machine off while it is changed.',
        ),
      ]
    : [];
}
