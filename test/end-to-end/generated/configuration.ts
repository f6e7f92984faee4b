import { type Suite, suites } from '../../hosts/suites.ts';
import { type Choice, choices } from '../access/meet.ts';
import type { Case } from '../corpus/answers.ts';
import { type Dice, diceOf } from './dice.ts';
import { listenersOf } from './listeners.ts';
import { securityOf } from './security.ts';

/** A configuration made up, the same each time for its number, with the host and the choice it is met with. */
export interface Generated {
  one: Case;
  suite: Suite;
  choice: Choice;
}

/** What a configuration is made up of; lines. */
export interface Making {
  dice: Dice;
  suite: Suite;
  perListener: boolean;
  /** Files besides, below /etc/mosquitto. */
  files: Map<string, string>;
  /** Paths of unix sockets. */
  sockets: string[];
}

export const count = 200;

/** `LAN` in it stands for the host's address. */
export function generated(number: number): Generated {
  const dice = diceOf(number);
  const suite = suites[number % suites.length] ?? 'bookworm';
  const choice = choices[Math.floor(number / suites.length) % choices.length] ?? 'refuse';
  const perListener = dice.likely(0.3);
  const making: Making = { dice, suite, perListener, files: new Map(), sockets: [] };
  const parts = {
    head: perListener ? ['per_listener_settings true'] : [],
    global: [...(perListener ? [] : securityOf(making)), ...persistence(making)],
    listeners: listenersOf(making),
    bridge: bridge(making),
  };
  laidOut(parts, making);
  const files = new Map([...making.files].map(([name, text]) => [name, Buffer.from(text)]));
  const doors = making.sockets.map((path) => ({ ...unixDoor, addresses: [path] }));
  return {
    one: { name: `generated ${String(number).padStart(3, '0')}`, files, doors },
    suite,
    choice,
  };
}

const unixDoor: Case['doors'][number] = {
  port: 0,
  addresses: [],
  protocol: 'mqtt',
  tls: false,
  psk: false,
  requires_client_cert: false,
  anonymous: 'refused',
};

/** On 2.1 SQLite may keep what is to be kept, instead of the broker's own file. */
function persistence({ dice, suite }: Making): string[] {
  if (suite !== 'forky' || !dice.likely(0.15)) return ['persistence true'];
  return [
    'global_plugin /usr/lib/x86_64-linux-gnu/mosquitto/mosquitto_persist_sqlite.so',
    'plugin_opt_db_file /var/lib/mosquitto/mosquitto.sqlite3',
  ];
}

function bridge({ dice }: Making): string[] {
  if (!dice.likely(0.15)) return [];
  const login = dice.likely(0.5) ? ['remote_username far', 'remote_password secret'] : [];
  return ['connection far', 'address 127.0.0.1:11883', 'topic out/# out 1', ...login];
}

interface LaidOut {
  head: string[];
  global: string[];
  listeners: string[];
  bridge: string[];
}

/** What Debian's main file says, but for the folder and for what keeps. */
const debian = ['persistence_location /var/lib/mosquitto/', 'log_dest syslog'];

/** In one file of Debian's folder, in two of them, or with a folder of their own beside it. */
function laidOut({ head, global, listeners, bridge }: LaidOut, { dice, files }: Making): void {
  const put = (name: string, ...parts: string[][]) =>
    files.set(name, `${parts.flat().join('\n')}\n`);
  const way = dice.one(['local', 'local', 'two', 'folder', 'access'] as const);
  files.set('mosquitto.conf', `${debian.join('\n')}\ninclude_dir /etc/mosquitto/conf.d\n`);
  if (way === 'two') {
    put('conf.d/10-global.conf', head, global);
    put('conf.d/20-listeners.conf', listeners, bridge);
  } else if (way === 'folder') {
    const folders = ['more.d', 'conf.d'].map((name) => `include_dir /etc/mosquitto/${name}`);
    put('mosquitto.conf', debian, head, global, folders);
    put('more.d/listeners.conf', listeners, bridge);
  } else put(`conf.d/${way}.conf`, head, global, listeners, bridge);
}
