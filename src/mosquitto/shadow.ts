import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { clean, cleanLines } from '../clean.ts';
import { type Host, HostError } from '../host/host.ts';
import { Trouble, type TroubleDetails } from '../trouble.ts';
import type { Broker } from './broker.ts';
import type { Place } from './effective.ts';
import type { ConfigurationFiles } from './files.ts';
import type { Configuration } from './read.ts';
import { type ShadowTree, type Switched, shadowTree } from './shadow-tree.ts';

/** A second broker on the broker's host, started with a configuration that is not in place yet. */
export interface Shadow {
  /** Where its files are on that host; nothing is left of it afterwards. */
  readonly folder: string;
  /** Opens a connection to what will be this port. */
  connect(port: number): Promise<Duplex>;
  /** Ends it and takes its folder away. Idempotent. */
  stop(): Promise<void>;
}

/** The broker's own answer to a configuration: it does not start with it. */
export class Refused extends Trouble {
  /** The line that is to blame, where the broker or the name of a file in its words tells it. */
  readonly place: Place | null;
  constructor(place: Place | null, more: TroubleDetails) {
    super('The new configuration was tried beside the broker, and does not start.', more);
    this.place = place;
  }
}

export interface ShadowOptions {
  /** Seconds after which it ends by itself, should nobody end it. */
  life?: number;
  /** A link that is taken to lead elsewhere already. */
  switched?: Switched;
  /** It has only to start, and is ended at once. */
  once?: boolean;
}

/** Where its folder is made; a practice broker's is in the folder for temporary files, too. */
const place = '/tmp';

/** Seconds after which a shadow ends by itself, should nobody end it. */
const longestLife = 60;

/**
 * Starts a configuration beside the live broker, as the service's own user, on unix sockets, without
 * touching the live one's pid file, database, log or ports. (`mosquitto --test-config` is no help: it
 * does not look at files, is there from 2.1 on only, and empties the live database; mosquitto#3712.)
 * Throws a Trouble with the broker's own words, in terms of the real files, when it does not start.
 */
export async function startShadow(
  { host, layout, program, service }: Broker,
  configuration: Configuration,
  files: ConfigurationFiles,
  { life = longestLife, switched, once = false }: ShadowOptions = {},
): Promise<Shadow> {
  // Nobody can have planted anything under a name that cannot be guessed; it is made, or it fails.
  const folder = `${place}/lockstep-shadow.${randomBytes(12).toString('hex')}`;
  const stop = async () => {
    await host.run(['sh', '-c', stopScript, 'lockstep', folder], {
      root: true,
      doing: 'Ending the trial beside the broker',
    });
  };
  const tree = await shadowTree(configuration, files, folder, switched);
  const input = [...tree.files].map(([path, bytes]) => `${path}\t${bytes.toString('base64')}\n`);
  const args = [
    ...[folder, String(life), layout.keyOwner?.owner ?? '', once ? 'once' : ''],
    ...[program, service.unit ?? ''],
  ];
  try {
    const started = await host.run(['sh', '-c', startScript, 'lockstep', ...args], {
      root: true,
      doing: 'Starting a trial beside the broker',
      input: input.join(''),
      timeoutSeconds: 30,
    });
    if (started.code === 2) throw refused(started.stdout, folder, tree, configuration);
    if (started.code !== 0) throw notStarted(host.name, started.stderr);
    return {
      folder,
      stop,
      connect: (port) => connect(host, `${folder}/${tree.sockets.get(port) ?? port}`),
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/**
 * The broker lets ten connections to a socket wait (listen(2)); the kernel turns others away at once, unlike
 * at a port. Whoever is, comes again, for 1.5 seconds: over SSH it cannot be told from a ban on forwarding.
 */
async function connect(host: Host, path: string): Promise<Duplex> {
  for (let pause = 50; ; pause *= 2) {
    try {
      return await host.connectSocket(path);
    } catch (error) {
      if (pause > 1000 || !(error instanceof HostError && error.kind === 'failed')) throw error;
      await setTimeout(pause);
    }
  }
}

// Root writes and reads the files, the broker's user makes the sockets: each in a folder of its own,
// so that what runs as that user can plant nothing that root then writes to or follows.
const startScript = `
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin
folder=$1 life=$2 owner=$3 once=$4 program=$5 unit=$6
umask 077
mkdir -m 0711 "$folder" "$folder/sockets"
[ -z "$owner" ] || chown "$owner" "$folder/sockets"
while IFS='	' read -r path data; do
  mkdir -p "$folder/$(dirname "$path")"
  printf %s "$data" | base64 -d >"$folder/$path"
done
# As the user whom the service has: its unit may name one, and then the configuration's does not count.
if [ -n "$owner" ]; then
  find "$folder" -name '*.conf' -exec sed -i 's/^[[:blank:]]*user[[:blank:]].*/# user/' {} +
  printf '\nuser %s\n' "$owner" >>"$folder/mosquitto.conf"
fi
# Relative names of files count from where the service runs.
pid=$(systemctl show "$unit" -p MainPID 2>/dev/null | cut -d= -f2)
[ -z "$owner" ] || cd "$(readlink "/proc/$pid/cwd" || echo /)"
# Should nobody stop it, it ends by itself and clears up.
: >"$folder/log"
(
  timeout -k 2 "$life" "$program" -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
  echo $! >"$folder/pid"
  wait
  [ ! -e "$folder/started" ] || rm -rf -- "$folder"
) </dev/null >/dev/null 2>&1 &
n=0
until grep -q 'mosquitto version .* running' "$folder/log"; do
  n=$((n + 1))
  pid=$(cat "$folder/pid" 2>/dev/null || true)
  if [ $n -gt 200 ] || { [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; }; then cat "$folder/log"; exit 2; fi
  sleep 0.05
done
: >"$folder/started"
if [ -n "$once" ]; then
  kill "$(cat "$folder/pid")" 2>/dev/null || :
  rm -rf -- "$folder"
  exit 0
fi
for socket in "$folder"/sockets/*; do [ -S "$socket" ] && chown -h "\${SUDO_UID:-$(id -u)}" "$socket"; done
exit 0
`;

const stopScript = `
case $1 in */lockstep-shadow.????????????????????????) ;; *) exit 1 ;; esac
[ -f "$1/pid" ] && kill "$(cat "$1/pid")" 2>/dev/null
rm -rf -- "$1"
`;

/** The shadow's words, with the names of the real files in place of the copies'. */
function refused(
  log: string,
  folder: string,
  { places }: ShadowTree,
  configuration: Configuration,
): Refused {
  const named = (line: string) =>
    [...places].reduce((text, [real, copy]) => text.replaceAll(`${folder}/${copy}`, real), line);
  const words = cleanLines(log, 12)
    .map((line) => line.replace(/^\d+: /, ''))
    .map(named)
    .filter(
      (line) => !/Loading config file|mosquitto version|running mosquitto as user/.test(line),
    );
  const error = words.find((line) => line.includes('Error')) ?? '';
  const place = placeIn(words, configuration);
  const where = place ? ` (${clean(place.file, 200)}, line ${place.line})` : '';
  return new Refused(place, {
    likely: error ? `${error}${where}` : 'Its own words are below.',
    next: 'Put that right and try again. The broker that serves now was not touched.',
    detail: words.join('\n'),
  });
}

/** `Error found at FILE:LINE.`, or the line that names the file which the broker could not use. */
function placeIn(words: string[], { directives }: Configuration): Place | null {
  for (const word of words) {
    const [, file, line] = /found at (.+):(\d+)/.exec(word) ?? [];
    if (file) return { file, line: Number(line) };
    const [, path] = /Error.*"([^"]+)"/.exec(word) ?? [];
    const directive = directives.find((one) => path !== undefined && one.value.trim() === path);
    if (directive) return { file: directive.file, line: directive.line };
  }
  return null;
}

function notStarted(name: string, words: string): Trouble {
  return new Trouble(`The new configuration could not be tried on ${name}.`, {
    likely: /No space/.test(words)
      ? 'The disk there is full.'
      : 'The words of the machine are below.',
    next: 'Put that right and try again. The broker that serves now was not touched.',
    detail: cleanLines(words, 4).join('\n'),
  });
}
