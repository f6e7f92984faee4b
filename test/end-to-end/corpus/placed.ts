import type { TestHost } from '../../support/hosts/host.ts';
import type { Case } from './answers.ts';
import { goodFiles, namedFiles, written } from './named-files.ts';
import { usersOf } from './users.ts';

const folder = '/etc/mosquitto';
const kept = '/var/lib/mqtt-lockstep';
const databases = '/var/lib/mosquitto/*.sqlite3*';
/** Debian's own configuration, kept to begin each case with. */
const debian = '/root/debian';

export const keepDebian = (host: TestHost) => host.succeed(['cp', '-a', folder, debian]);

/** What stands on a host for one case. */
export interface Placed {
  /** What the configuration names outside /etc/mosquitto, except what the broker writes itself. */
  named: string[];
  /** Takes it all away again. */
  remove(): Promise<void>;
}

/** Puts a configuration on a host in place of Debian's, with good files wherever it names one. */
export async function place(host: TestHost, one: Case): Promise<Placed> {
  // What a case before may have left, should it have failed, is none of this one's business.
  await host.succeed([
    'sh',
    '-euc',
    `rm -rf ${folder} ${kept} ${databases}; cp -a ${debian} ${folder}`,
  ]);
  for (const [name, bytes] of one.files) await host.writeFile(`${folder}/${name}`, bytes);
  const named = namedFiles(one.files.values());
  const words = named.flatMap(({ kind, path }) => [kind, path]);
  const sockets = one.doors.filter((door) => door.port === 0).flatMap((door) => door.addresses);
  const made = await host.succeed(['sh', '-euc', placeScript, goodFiles, ...words]);
  // What a configuration brings itself stays as it is.
  for (const { user, path } of usersOf(one.files.values()))
    if (![...one.files.keys()].some((name) => path === `${folder}/${name}`))
      await host.succeed(['sh', '-euc', 'cat "$0" >>"$1"', `${goodFiles}/own/${user}`, path]);
  // Where a socket is to be, the broker's user may make one.
  for (const path of sockets)
    await host.succeed(['sh', '-euc', 'mkdir -p "${1%/*}"; chmod 1777 "${1%/*}"', '-', path]);
  return {
    named: named.flatMap(({ kind, path }) =>
      path.startsWith(`${folder}/`) || written.includes(kind) ? [] : [path],
    ),
    async remove() {
      await host.succeed([
        'sh',
        '-euc',
        'rm -rf -- "$@"',
        '-',
        ...made.split('\n').filter(Boolean),
      ]);
    },
  };
}

// [KIND PATH...]; prints the topmost of what it had to make, to be taken away.
const placeScript = `
made() { [ -e "\${1%/*}" ] || [ -z "\${1%/*}" ] && printf '%s\\n' "$1" || made "\${1%/*}"; }
while [ $# -gt 0 ]; do
  kind=$1 path=\${2%/}
  shift 2
  [ ! -e "$path" ] || continue
  made "$path"
  mkdir -p "\${path%/*}/"
  cp -aL "$0/\${kind%/}" "$path"
done
`;
