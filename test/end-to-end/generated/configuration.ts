import { suites } from '../../support/hosts/suites.ts';
import { choices } from '../access/meet.ts';
import type { Case } from '../corpus/answers.ts';
import { diceOf } from './dice.ts';
import { laidOut } from './layout.ts';
import { listenersOf } from './listeners.ts';
import type { Generated, Making } from './making.ts';
import { securityOf } from './security.ts';

export const count = 200;

/** `LAN` in it stands for the host's address. */
export function generated(number: number): Generated {
  const dice = diceOf(number);
  const suite = suites[number % suites.length] ?? 'bookworm';
  const choice = choices[Math.floor(number / suites.length) % choices.length] ?? 'refuse';
  const perListener = dice.likely(0.3);
  const beside = dice.likely(0.08);
  const making: Making = { dice, suite, perListener, beside, files: new Map(), sockets: [] };
  const parts = {
    head: perListener ? ['per_listener_settings true'] : [],
    global: [
      ...(beside ? ['bind_address 127.0.0.1'] : []),
      // With settings of their own these are of the default port.
      ...(perListener && !beside ? [] : securityOf(making)),
      ...persistence(making),
    ],
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
