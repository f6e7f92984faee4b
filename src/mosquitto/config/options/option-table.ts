import type { Option } from '../model/option.ts';
import type { Wording } from '../model/wording.ts';

const flag = { kind: 'boolean' } as const;
const number = { kind: 'integer' } as const;
const text = { kind: 'string' } as const;
const statement = { kind: 'statement' } as const;
const broker = { scope: 'broker' } as const;
const security = { scope: 'security' } as const;
const bridge = { scope: 'bridge' } as const;
/** A listener setting that opens 1883 when it stands before any listener. */
const listener = { scope: 'listener', opensUnless: '' } as const;
const named = { scope: 'listener', beforeListener: 'error' } as const;
const replaced = { repeats: 'replace since 2.1' } as const;
const new21 = { since: '2.1.0' } as const;

const port16 = { least: 0, most: 65535 };
const notWithPsk = {
  settings: ['psk_hint'],
  error: 'Error: Cannot use both certificate and psk encryption in a single listener.',
};
const notWithCertificate = { ...notWithPsk, settings: ['certfile'], since: '2.1.0' };
const bridgePsk = {
  settings: ['bridge_identity', 'bridge_psk'],
  error: 'Error: Cannot use both certificate and psk encryption in a single bridge.',
};
const bridgeTls = {
  settings: ['bridge_cafile', 'bridge_capath', 'bridge_certfile', 'bridge_keyfile'],
  error: 'Error: Cannot use both certificate and identity encryption in a single bridge.',
};

/** Every option of Mosquitto 2.0 and 2.1 by name. */
export const optionTable: Record<string, Option> = {
  // Who may come in
  allow_anonymous: { ...flag, ...security },
  listener_allow_anonymous: { ...flag, ...named, ...new21, keptAs: 'allow_anonymous' },
  password_file: { ...text, ...security, ...replaced },
  acl_file: { ...text, ...security, ...replaced },
  psk_file: { ...text, ...security, ...replaced, excludedBy: notWithCertificate },
  allow_zero_length_clientid: { ...flag, ...security },
  auto_id_prefix: { ...text, ...security },
  listener_auto_id_prefix: { ...text, ...named, ...new21, keptAs: 'auto_id_prefix' },
  per_listener_settings: { ...statement, ...broker },
  clientid_prefixes: { ...text, ...broker, ...replaced },
  check_retain_source: { ...flag, ...broker, touchesSecurity: true },
  auth_plugin: { ...statement, ...security },
  plugin: { ...statement, ...security },
  global_plugin: { ...statement, ...security, ...new21 },
  plugin_load: { ...statement, ...security, ...new21 },
  plugin_use: { ...statement, ...security, ...new21 },
  auth_plugin_deny_special_chars: { ...statement, ...security },

  // Listeners
  listener: { ...statement, ...broker },
  port: { ...statement, ...broker },
  bind_address: { ...statement, ...broker },
  bind_interface: { ...text, ...listener },
  protocol: {
    kind: 'choice',
    ...listener,
    opensUnless: 'mqtt',
    choices: ['mqtt', 'websockets'],
    choices21: ['http_api'],
  },
  socket_domain: {
    kind: 'choice',
    ...listener,
    choices: ['ipv4', 'ipv6'],
    notAChoice: (words, value) => {
      const quoted = words.generation === '2.0' ? `"${value}"` : `'${value}'`;
      return `Error: Invalid ${words.name('socket_domain')} value ${quoted} in configuration.`;
    },
  },
  mount_point: { ...statement, ...listener, ...named, ...replaced },
  max_connections: { ...number, ...listener, opensUnless: -1, smallest: -1, emptyIsHarmless: true },
  max_qos: {
    ...number,
    ...listener,
    opensUnless: 2,
    range: { least: 0, most: 2, error: between0And2 },
  },
  maximum_qos: {
    ...number,
    ...listener,
    keptAs: 'max_qos',
    opensUnless: 2,
    range: { least: 0, most: 2, error: between0And2 },
  },
  max_topic_alias: { ...number, ...named, range: { ...port16, error: invalidTopicAlias } },
  max_topic_alias_broker: { ...number, ...named, ...new21, range: port16 },
  use_username_as_clientid: { ...flag, ...listener, opensUnless: false },
  http_dir: { ...text, ...named },
  websockets_origin: { ...text, ...named, ...new21, repeats: 'replace' },
  accept_protocol_versions: { ...statement, ...named, ...new21 },
  enable_proxy_protocol: {
    ...number,
    ...named,
    ...new21,
    range: { least: 1, most: 2, error: () => 'Error: enable_proxy_protocol must be 1 or 2.' },
  },
  proxy_protocol_v2_require_tls: { ...flag, ...named, ...new21 },

  // TLS
  cafile: { ...text, ...listener, ...replaced, beforeListener: 'error', excludedBy: notWithPsk },
  capath: { ...text, ...listener, ...replaced },
  certfile: { ...text, ...listener, ...replaced, excludedBy: notWithPsk },
  keyfile: { ...text, ...listener, ...replaced },
  crlfile: { ...text, ...listener, ...replaced },
  ciphers: { ...text, ...listener, ...replaced },
  'ciphers_tls1.3': { ...text, ...listener, ...replaced },
  dhparamfile: { ...text, ...listener, ignoredSince: '2.1.0' },
  tls_version: { ...text, ...named },
  tls_engine: { ...text, ...listener },
  tls_engine_kpass_sha1: { ...text, ...listener, repeats: 'replace' },
  tls_keyform: { ...text, ...listener, opensUnless: 'pem', repeats: 'replace' },
  psk_hint: { ...text, ...listener },
  require_certificate: { ...flag, ...listener, opensUnless: false },
  use_identity_as_username: { ...flag, ...listener, opensUnless: false },
  use_subject_as_username: { ...flag, ...listener, opensUnless: false },
  disable_client_cert_date_checks: { ...flag, ...named, ...new21 },

  // The broker as a whole
  include_dir: { ...statement, ...broker },
  user: { ...text, ...broker, ...replaced },
  pid_file: { ...text, ...broker },
  persistence: { ...flag, ...broker },
  retained_persistence: { ...flag, ...broker, keptAs: 'persistence' },
  persistence_file: { ...text, ...broker },
  persistence_location: { ...text, ...broker },
  persistent_client_expiration: { ...statement, ...broker },
  autosave_interval: { ...number, ...broker },
  autosave_on_changes: { ...flag, ...broker },
  allow_duplicate_messages: { ...flag, ...broker },
  connection_messages: { ...flag, ...broker },
  enable_control_api: { ...flag, ...broker, ...new21 },
  global_max_clients: { ...number, ...broker, ...new21 },
  global_max_connections: { ...number, ...broker, ...new21 },
  log_dest: { ...statement, ...broker },
  log_facility: { ...number, ...broker, range: { least: 0, most: 7 } },
  log_timestamp: { ...flag, ...broker },
  log_timestamp_format: { ...text, ...broker },
  log_type: {
    kind: 'choice',
    ...broker,
    emptyIsHarmless: true,
    choices: [
      ...['none', 'information', 'notice', 'warning', 'error', 'debug', 'subscribe'],
      ...['unsubscribe', 'internal', 'websockets', 'all'],
    ],
  },
  max_inflight_bytes: { ...number, ...broker },
  max_inflight_messages: {
    ...number,
    ...broker,
    range: {
      least: -Infinity,
      most: 65535,
      error: (words) => `Error: ${words.name('max_inflight_messages')} must be <= 65535.`,
    },
  },
  // 2.0.13 allowed less than 10.
  max_keepalive: { ...number, ...broker, range: { ...port16, before: ['2.0.13', 10] } },
  max_packet_size: { ...number, ...broker, range: { least: 20, most: Infinity, error: atLeast20 } },
  max_queued_bytes: { ...number, ...broker },
  max_queued_messages: { ...number, ...broker },
  memory_limit: { ...number, ...broker, range: { least: 0, most: Infinity } },
  message_size_limit: {
    ...number,
    ...broker,
    range: {
      least: 0,
      most: 268435455,
      // Shown as the unsigned number it is kept as.
      error: (words, value) => words.invalid('message_size_limit', value >>> 0),
    },
  },
  packet_buffer_size: {
    ...number,
    ...broker,
    ...new21,
    range: { ...port16, error: bufferSize },
  },
  queue_qos0_messages: { ...flag, ...broker },
  retain_available: { ...flag, ...broker },
  retain_expiry_interval: {
    ...number,
    ...broker,
    since: '2.0.21',
    range: {
      least: 1,
      most: Infinity,
      before: ['2.1.0', -Infinity],
      error: () => 'Error: retain_expiry_interval must be >= 1.',
    },
  },
  retry_interval: { ...statement, ...broker, ignoredSince: '2.0.0' },
  set_tcp_nodelay: { ...flag, ...broker },
  sys_interval: { ...number, ...broker, range: port16 },
  upgrade_outgoing_qos: { ...flag, ...broker },
  websockets_headers_size: { ...number, ...broker, range: { ...port16, error: bufferSize } },
  websockets_log_level: { ...number, ...broker, ignoredSince: '2.1.0' },

  // Bridges
  connection: { ...statement, ...broker },
  address: { ...statement, ...bridge },
  addresses: { ...statement, ...bridge },
  topic: { ...statement, ...bridge },
  bridge_alpn: { ...text, ...bridge },
  bridge_attempt_unsubscribe: { ...flag, ...bridge },
  bridge_bind_address: { ...text, ...bridge },
  bridge_cafile: { ...text, ...bridge, excludedBy: bridgePsk },
  bridge_capath: { ...text, ...bridge, excludedBy: bridgePsk },
  bridge_certfile: { ...text, ...bridge, excludedBy: bridgePsk },
  bridge_keyfile: { ...text, ...bridge, ...replaced, excludedBy: bridgePsk },
  bridge_identity: { ...text, ...bridge, excludedBy: bridgeTls },
  bridge_psk: { ...text, ...bridge, excludedBy: bridgeTls },
  bridge_ciphers: { ...text, ...bridge, ...new21 },
  'bridge_ciphers_tls1.3': { ...text, ...bridge, ...new21 },
  bridge_insecure: { ...flag, ...bridge },
  bridge_max_packet_size: { ...number, ...bridge },
  bridge_max_topic_alias: { ...number, ...bridge, ...new21, range: port16 },
  bridge_outgoing_retain: { ...flag, ...bridge },
  bridge_protocol_version: {
    kind: 'choice',
    ...bridge,
    choices: ['mqttv31', 'mqttv311', 'mqttv50'],
    wholeRest: true,
  },
  bridge_receive_maximum: { ...number, ...bridge, ...new21, range: { least: 1, most: 65535 } },
  bridge_reload_type: { kind: 'choice', ...bridge, ...new21, choices: ['lazy', 'immediate'] },
  bridge_require_ocsp: { ...flag, ...bridge },
  bridge_session_expiry_interval: {
    ...number,
    ...bridge,
    ...new21,
    range: { least: 0, most: Infinity },
  },
  bridge_tcp_keepalive: { ...statement, ...bridge, ...new21 },
  bridge_tcp_user_timeout: {
    ...number,
    ...bridge,
    ...new21,
    range: { least: 0, most: Infinity, error: () => 'Error: invalid TCP user timeout value.' },
  },
  bridge_tls_use_os_certs: { ...flag, ...bridge, ...new21 },
  bridge_tls_version: { ...text, ...bridge },
  cleansession: { ...flag, ...bridge },
  clientid: { ...text, ...bridge, keptAs: 'remote_clientid', called: 'bridge remote clientid' },
  remote_clientid: { ...text, ...bridge, called: 'bridge remote clientid' },
  idle_timeout: { ...number, ...bridge },
  keepalive_interval: {
    ...number,
    ...bridge,
    range: {
      least: -Infinity,
      most: 65535,
      error: () => 'Error: Bridge keepalive value too high.',
    },
  },
  local_cleansession: { ...flag, ...bridge },
  // The broker's own spelling of "clientid".
  local_clientid: { ...text, ...bridge, called: 'bridge local clientd' },
  local_password: { ...text, ...bridge, called: 'bridge local_password' },
  local_username: { ...text, ...bridge, called: 'bridge local_username' },
  notification_topic: { ...text, ...bridge },
  notifications: { ...flag, ...bridge },
  notifications_local_only: { ...flag, ...bridge },
  password: { ...text, ...bridge, keptAs: 'remote_password', called: 'bridge remote_password' },
  remote_password: { ...text, ...bridge, called: 'bridge remote_password' },
  restart_timeout: { ...statement, ...bridge },
  round_robin: { ...flag, ...bridge },
  start_type: { ...statement, ...bridge },
  threshold: { ...number, ...bridge },
  try_private: { ...flag, ...bridge },
  username: { ...text, ...bridge, keptAs: 'remote_username', called: 'bridge remote_username' },
  remote_username: { ...text, ...bridge, called: 'bridge remote_username' },
};

function between0And2(words: Wording): string {
  return `Error: ${words.name('max_qos')} must be between 0 and 2 inclusive.`;
}

function atLeast20(words: Wording, value: number): string {
  return words.generation === '2.1'
    ? "Error: 'max_packet_size' must be >= 20."
    : words.invalid('max_packet_size', value);
}

function invalidTopicAlias(words: Wording): string {
  return `Error: Invalid ${words.name('max_topic_alias')} value in configuration.`;
}

function bufferSize({ generation }: Wording): string {
  const what = generation === '2.1' ? 'Packet buffer' : 'Websockets headers';
  return `Error: ${what} size must be between 0 and 65535 inclusive.`;
}
