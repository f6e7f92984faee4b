import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { program as find } from '../brokers/scripted-broker.ts';
import { launcher } from './lockstep.ts';

export const mosquitto = find('mosquitto');
const covered = `mount --bind /dev/null "$mosquitto"`;

/** Root needs a mount namespace and nothing else. */
const asRoot = [
  'unshare',
  '-m',
  'sh',
  '-euc',
  `mosquitto=$1; shift 2; ${covered}; exec "$@"`,
  'sh',
];

/**
 * Anybody else needs a user namespace, where the folders of root look like nobody's. So all is put
 * below a root folder of its own, as in a rootless container; what the home is in is made anew there.
 */
const rootless = `
mosquitto=/mnt$1
home=$2
shift 2
mount -t tmpfs none /mnt
for each in /*; do
  [ "$each" != /mnt ] || continue
  if [ -L "$each" ]; then cp -P "$each" /mnt
  elif [ -d "$each" ] && [ "\${home#"$each"/}" = "$home" ]; then
    mkdir "/mnt$each"
    mount --rbind "$each" "/mnt$each"
  fi
done
for each in "$home" "$CHECKOUT" "$NODE"; do
  [ -d "/mnt$each" ] || { mkdir -p "/mnt$each"; mount --rbind "$each" "/mnt$each"; }
done
${covered}
unset CHECKOUT NODE
exec chroot /mnt "$@"`;
const asAnybody = [
  ...['env', `CHECKOUT=${join(launcher, '..', '..')}`, `NODE=${dirname(process.execPath)}`],
  ...['unshare', '-r', '-m', 'sh', '-euc', rootless, 'sh'],
];

/** A command line that runs another where no mosquitto can be found, in that home or below. */
export function withoutMosquitto(home: string, command: readonly string[]): string[] {
  if (mosquitto === null) return [...command];
  return [...(process.getuid?.() === 0 ? asRoot : asAnybody), mosquitto, home, ...command];
}

const [file = '', ...rest] = withoutMosquitto(tmpdir(), ['sh', '-c', `! [ -x "${mosquitto}" ]`]);
/** Whether this machine lets us hide it. */
export const canHide = spawnSync(file, rest).status === 0;
if (!canHide && process.env.LOCKSTEP_TEST_ALL === '1') throw new Error('cannot hide mosquitto');
