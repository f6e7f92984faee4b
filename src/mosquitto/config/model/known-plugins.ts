import { posix } from 'node:path';

/** What is known of a plugin by the name of its file. */
export interface KnownPlugin {
  /** As people call it: `dynamic security`. */
  name: string;
  /**
   * What it keeps apart from the broker: nothing; files that it only reads; files that it writes; or
   * `outside`, as its options say: databases, other servers, files of its own.
   */
  state: 'none' | 'reads' | 'writes' | 'outside';
  /** It lets clients in by user name and password (or a token in their place). */
  takesPasswords: boolean;
  /** It allows and refuses topics. */
  decidesTopics: boolean;
  /** Its `plugin_opt_…` (or `auth_opt_…`) keys whose value is a file that it reads or writes. */
  fileOptions: readonly string[];
  /** That file is a database of the broker's messages: never to be opened, nor copied, while it runs. */
  isDatabase?: true;
}

const decidesNothing = { takesPasswords: false, decidesTopics: false, fileOptions: [] };
const decidesAll = { takesPasswords: true, decidesTopics: true };
const outside = { state: 'outside', ...decidesAll, fileOptions: [] } as const;

// Mosquitto's own, of 2.0 and 2.1 (the packages, and plugins/*/plugin.c there), and those that are met
// most. Dynamic security writes its file anew at each change, and 2.1 makes one where there is none.
// SQLite persistence takes `persistence_location` before its own option.
const plugins: Readonly<Record<string, KnownPlugin>> = {
  'mosquitto_dynamic_security.so': {
    name: 'dynamic security',
    state: 'writes',
    ...decidesAll,
    fileOptions: ['config_file', 'password_init_file'],
  },
  'mosquitto_password_file.so': {
    name: 'password file',
    state: 'reads',
    takesPasswords: true,
    decidesTopics: false,
    fileOptions: ['password_file'],
  },
  'mosquitto_acl_file.so': {
    name: 'access list',
    state: 'reads',
    takesPasswords: false,
    decidesTopics: true,
    fileOptions: ['acl_file'],
  },
  'mosquitto_persist_sqlite.so': {
    ...decidesNothing,
    name: 'SQLite persistence',
    state: 'writes',
    fileOptions: ['db_file'],
    isDatabase: true,
  },
  'mosquitto_sparkplug_aware.so': { ...decidesNothing, name: 'Sparkplug awareness', state: 'none' },
  'mosquitto_message_timestamp.so': { ...decidesNothing, name: 'message timestamp', state: 'none' },
  'mosquitto_payload_modification.so': {
    ...decidesNothing,
    name: 'payload modification',
    state: 'none',
  },
  'go-auth.so': { name: 'mosquitto-go-auth', ...outside },
  'auth-plug.so': { name: 'mosquitto-auth-plug', ...outside },
  'libmosquitto_jwt_auth.so': { name: 'mosquitto-jwt-auth', ...outside },
};

/** What is known of the plugin that a configuration loads from `path`; null: nothing. */
export function knownPlugin(path: string): KnownPlugin | null {
  const file = posix.basename(path.trim());
  return Object.hasOwn(plugins, file) ? (plugins[file] ?? null) : null;
}
