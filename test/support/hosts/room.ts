import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base } from './base.ts';
import { firstWords } from './lock.ts';
import { searchPath } from './machine.ts';
import { ended, program, succeed } from './program.ts';
import type { Room } from './room-there.ts';

const runtime = '/run/lockstep-hosts';
const busy = 75;

/**
 * Removes a host: `$1` its number, `$2` its control group. The group must be empty and gone: in one
 * that was once killed, newer kernels kill a new process at once.
 */
const clear = `
if [ -e "$2/cgroup.kill" ]; then
  echo 1 > "$2/cgroup.kill"
  tries=500
  while grep -q '^populated 1' "$2/cgroup.events" && [ $((tries -= 1)) -gt 0 ]; do sleep 0.01; done
fi
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
  [ ! -d "$tree/lockstep-$1" ] || find "$tree/lockstep-$1" -depth -type d -exec rmdir {} +
done
[ ! -e "/sys/class/net/lockstep$1" ] || ip link delete "lockstep$1" 2> /dev/null || :
ip route delete unreachable "10.77.$1.0/24" 2> /dev/null || :
rm -rf --one-file-system "${runtime}/$1"
`;

/** As `clear`; then runs what follows those two until it ends, and clears again. */
const guard = `
clear() {
${clear}
}
clear "$1" "$2"
number=$1 group=$2
shift 2
"$@" || echo "ended with $?" >&2
clear "$number" "$group"
`;

/**
 * Makes the room and says so, with its process id; goes on until the pipe from us ends. `$1`
 * number, `$2` base, `$3` our process, `$4` MiB of disk.
 */
const hold = `
folder=${runtime}/$1
mkdir -m 0700 "$folder" "$folder/disk"
mount -t tmpfs -o "mode=0755,size=$4m" lockstep "$folder/disk"
cd "$folder/disk"
mkdir -m 0755 upper work root
mount -t overlay -o "lowerdir=$2,upperdir=$PWD/upper,workdir=$PWD/work" overlay root
ip link set lo up
ip link add lockstep$1 type veth peer name eth0
ip link set lockstep$1 netns "$3"
ip address add 10.77.$1.2/24 dev eth0
ip link set eth0 up
ip route add 10.77.0.0/16 via 10.77.$1.1
echo $$
exec cat
`;

/** Takes the first free number and makes the room. `diskMiB` is how much the host can write. */
export async function takeRoom(base: Base, diskMiB: number): Promise<Room> {
  await mkdir(runtime, { recursive: true, mode: 0o755 });
  for (let number = 1; number < 255; number++) {
    if (foreign(number)) continue;
    const room = await tryRoom(number, base, diskMiB);
    if (room) return room;
  }
  throw new Error('all 254 numbers for hosts are taken');
}

/** Clears what hosts that died have left. Those that live are locked, and stay. */
export async function reap(): Promise<number[]> {
  const reaped: number[] = [];
  for (const name of existsSync(runtime) ? await readdir(runtime) : []) {
    const number = Number(/^(\d+)\.lock$/.exec(name)?.[1]);
    if (!existsSync(join(runtime, String(number)))) continue;
    const clearing = ['sh', '-euc', clear, 'clear', String(number), groupOf(number)];
    const { code, stderr } = await program([...locked(number), ...clearing]);
    if (code === 0) reaped.push(number);
    else if (code !== busy) throw new Error(`cannot clear host ${number}: ${stderr}`);
  }
  return reaped;
}

async function tryRoom(number: number, base: Base, diskMiB: number): Promise<Room | undefined> {
  const shared = ['flock', '--shared', '--no-fork', base.lockFile];
  const guarded = ['sh', '-euc', guard, 'guard', String(number), groupOf(number)];
  const room = ['unshare', '--mount', '--net', 'sh', '-euc', hold, 'hold'];
  const facts = [number, base.root, process.pid, diskMiB].map(String);
  const [file = '', ...rest] = [...locked(number), ...shared, ...guarded, ...room, ...facts];
  const holder = spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for us, not for it
    env: { ...process.env, PATH: searchPath },
  });
  let complaint = '';
  holder.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const release = async () => {
    holder.stdin.end();
    await ended(holder);
    if (holder.exitCode !== 0 || complaint) throw new Error(`room ${number}: ${complaint}`);
  };
  const pid = Number(await firstWords(holder));
  if (!pid) {
    await ended(holder);
    if (holder.exitCode === busy) return undefined;
    throw new Error(`cannot make room ${number} for a host: ${complaint}`);
  }
  const made = describe(number, pid, release);
  try {
    await succeed(['ip', 'address', 'add', `10.77.${number}.1/24`, 'dev', made.cable]);
    await succeed(['ip', 'link', 'set', made.cable, 'up']);
    return made;
  } catch (error) {
    await release();
    throw error;
  }
}

function describe(number: number, pid: number, release: () => Promise<void>): Room {
  const folder = join(runtime, String(number));
  const root = join(folder, 'disk/root');
  return {
    number,
    address: `10.77.${number}.2`,
    pid,
    folder,
    root,
    rootFromHere: `/proc/${pid}/root${root}`,
    cable: `lockstep${number}`,
    group: groupOf(number),
    inRoot: (argv) => ['nsenter', `--target=${pid}`, '--mount', 'chroot', root, ...argv],
    release,
  };
}

/** The start of a command line that holds a number's lock, or ends with `busy`. */
function locked(number: number): string[] {
  const file = join(runtime, `${number}.lock`);
  return ['flock', '--nonblock', '-E', String(busy), '--no-fork', file];
}

function groupOf(number: number): string {
  const unified = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find((fields) => fields[2] === 'cgroup2')?.[1];
  if (!unified) throw new Error('there is no cgroup2 file system on this machine');
  return join(unified, `lockstep-${number}`);
}

/** Whether somebody else on this machine uses the addresses that go with the number. */
function foreign(number: number): boolean {
  const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
  const network = Buffer.from([0, number, 77, 10]).toString('hex').toUpperCase();
  return routes.some((route) => {
    const [device, destination] = route.split('\t');
    return destination === network && device !== `lockstep${number}`;
  });
}
