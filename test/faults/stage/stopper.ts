import type { TestHost } from '../../support/hosts/host.ts';

// Stops a program on a host: the nth of its name that is started there, by whomever. In front of the real ones stand
// scripts in /usr/local/bin, which come first on every path.

const names =
  `awk base64 cat chmod chown cmp cp cut date df find flock getent grep head hostname id ip journalctl ln ls mkdir mkfifo
  mktemp mv nice perl pgrep pkill ps readlink rm rmdir script sed setpriv setsid sh sha256sum sleep sort ss stat sudo sync
  systemctl systemd-run tail tee timeout touch tr wc xargs`.split(/\s+/);

/** Stopped as by SIGSTOP: it does not even take a TERM. */
const script = `#!/usr/bin/dash
name=\${0##*/}
if [ -e /run/stopping/at ]; then
  mask=$(umask)
  umask 0
  exec 8>>"/run/stopping/$name"
  umask "$mask"
  /usr/bin/flock 8
  echo >&8
  count=$(/usr/bin/stat -c %s "/run/stopping/$name")
  exec 8>&-
  read -r stops <"/run/stopping/at"
  if [ "$stops" = "$name $count" ]; then
    echo "$name $*" | /usr/bin/head -c 300 >/run/stopping/stopped
    kill -STOP $$
  fi
fi
exec "/usr/bin/$name" "$@"
`;

export interface Stop {
  name: string;
  nth: number;
}

/** Also for root, whose path some releases have without it. */
export const ownPrograms = (host: TestHost) =>
  host.writeFile(
    '/etc/sudoers.d/own-programs',
    'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n',
    { mode: 0o440 },
  );

/** Puts the scripts in front of the programs. */
export async function placeStopper(host: TestHost): Promise<void> {
  await ownPrograms(host);
  for (const name of names)
    if ((await host.exec(['test', '-x', `/usr/bin/${name}`])).code === 0)
      await host.writeFile(`/usr/local/bin/${name}`, script, { mode: 0o755 });
}

/** From now on counts anew, and stops that one; null: none. */
export async function stopAt(host: TestHost, stop: Stop | null): Promise<void> {
  const make = 'rm -rf /run/stopping; mkdir -m 0777 /run/stopping; echo "$1" >/run/stopping/at';
  await host.succeed(['/usr/bin/sh', '-c', make, 'stop', stop ? `${stop.name} ${stop.nth}` : '-']);
}

/** What is started from now on is not stopped; what is, stays so. */
export const stopNoMore = (host: TestHost) =>
  host.succeed(['/usr/bin/sh', '-c', 'echo - >/run/stopping/at']);

/** How many of each name were started. */
export async function startedThere(host: TestHost): Promise<Map<string, number>> {
  const sizes =
    'cd /run/stopping; for one in *; do echo "$one $(/usr/bin/stat -c %s "$one")"; done';
  const lines = (await host.succeed(['/usr/bin/sh', '-c', sizes])).trim().split('\n');
  const counts = lines.map((line) => line.split(' ') as [string, string]);
  return new Map(
    counts.flatMap(([name, count]) => (names.includes(name) ? [[name, Number(count)]] : [])),
  );
}

/** What was stopped, with its words; empty while nothing is. */
export const stoppedThere = async (host: TestHost): Promise<string> =>
  String((await host.read('/run/stopping/stopped')) ?? '').trim();

/** Whatever is stopped goes on, and nothing more is. */
export const free = (host: TestHost) =>
  host.exec(['/usr/bin/sh', '-c', 'rm -rf /run/stopping; /usr/bin/pkill -CONT .']);
