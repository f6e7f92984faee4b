import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import {
  folderWithCertificate,
  freePorts,
  hasOpenssl,
  installedBroker,
  startBroker,
  tryPort,
} from '../../support/brokers/real-broker.ts';

const broker = installedBroker();
const missing = broker === null || !hasOpenssl();

// A and B are free ports of 127.0.0.1, KEYS the folder with a certificate.
const pair = 'certfile KEYS/server.crt\nkeyfile KEYS/server.key\n';
const mutual = `${pair}cafile KEYS/server.crt\nrequire_certificate true\n`;
const bridge = 'connection b\naddress 127.0.0.1:1\n';

/** Configurations that start: what each port lets in must be what the reader says. */
const running = [
  'listener A 127.0.0.1\n',
  'listener A 127.0.0.1\nallow_anonymous true\n',
  'listener A 127.0.0.1\nallow_anonymous false\nlistener B 127.0.0.1\nallow_anonymous true\n',
  'port A\nbind_address 127.0.0.1\n',
  'allow_anonymous true\r\nlistener A 127.0.0.1\r\n',
  'per_listener_settings true\nport A\nbind_address 127.0.0.1\n',
  'per_listener_settings true\nlistener A 127.0.0.1\nallow_anonymous true\nlistener B 127.0.0.1\n',
  'per_listener_settings true\nallow_anonymous true\nlistener A 127.0.0.1\n',
  'per_listener_settings true\nper_listener_settings false\nlistener A 127.0.0.1\nallow_anonymous true\nlistener B 127.0.0.1\n',
  `listener A 127.0.0.1\n${pair}allow_anonymous true\n`,
  `listener A 127.0.0.1\n${mutual}allow_anonymous true\n`,
  `listener A 127.0.0.1\n${mutual}`,
  `allow_anonymous false\nlistener A 127.0.0.1\nlistener B 127.0.0.1\n${mutual}use_identity_as_username true\ntls_version tlsv1.3\n`,
  `listener A 127.0.0.1\n${pair}use_identity_as_username true\nallow_anonymous true\n`,
  'listener A 127.0.0.1\nuse_identity_as_username true\nallow_anonymous true\n',
  'listener A 127.0.0.1\ncertfile KEYS/server.crt\nallow_anonymous true\n',
  'listener A 127.0.0.1\nuse_username_as_clientid true\nallow_anonymous true\n',
  'listener A 127.0.0.1\nclientid_prefixes secret-\nallow_anonymous true\n',
  'listener A 127.0.0.1\nclientid_prefixes secret-\nallow_anonymous false\n',
  `clientid_prefixes a\nlistener A 127.0.0.1\n${mutual}use_identity_as_username true\n`,
  'clientid_prefixes a b # c\nallow_anonymous true\nlistener A 127.0.0.1\n',
  'listener A 127.0.0.1\nallow_anonymous 1 # yes\nmax_connections 5x\n',
  'listener A 127.0.0.1\nallow_anonymous true\nlog_type\nmax_connections\n',
  'listener A 127.0.0.1\nallow_anonymous true\0x\nlistener nonsense\n',
  ...['127.1', '0x7f.1', '2130706433', '0177.0.0.1', 'LocalHost'].map(
    (host) => `listener A ${host}\nsocket_domain ipv4\nbind_interface lo\nallow_anonymous true\n`,
  ),
  'bind_address \t127.1\t\nport A\nallow_anonymous true\n',
  'listener A 127.0.0.1 # here\nbind_interface \tlo\t\n',
  'listener A 127.0.0.1\n\rnonsense\nallow_anonymous true\n',
  'listener A 127.0.0.1\n\0nonsense\nallow_anonymous true\n',
  `listener A 127.0.0.1\nallow_anonymous true\n${bridge}topic # out 0 # all of it\n`,
  `listener A 127.0.0.1\nciphers_tls1.3 NOPE:TLS_AES_128_GCM_SHA256\n${pair}`,
];

/** Configurations that may not start: the complaint must be the broker's own, word for word. */
const refused = [
  'listener 0\n',
  'listener 99999999999\n',
  'listener A 127.0.0.1\nlistener A 127.0.0.1\n',
  'listener A 127.0.0.1\nsocket_domain ipv6\n',
  'listener A 127.0.0.1\nsocket_domain inet\n',
  // What glibc does not even ask a name server for.
  ...['127.0.0.1\t', '\t127.0.0.1', '::1\t', '127.0.0.1\rx', 'localhost\u0001', 'localhost#x'].map(
    (host) => `listener A ${host}\n`,
  ),
  ...[
    '[::1]',
    '"127.0.0.1"',
    '127.0.0.1,',
    '127.0.0.1/8',
    'host:1',
    'a@b',
    '$HOST',
    '-a',
    '.a',
  ].map((host) => `listener A ${host}\n`),
  ...[
    'a..b',
    `${'a'.repeat(64)}.de`,
    '127.0.0.1%lo',
    '::1%lo',
    '%lo',
    'a..b\nsocket_domain ipv6',
  ].map((host) => `listener A ${host}\n`),
  // Addresses that its sockets cannot have.
  ...['fe80::1', '::ffff:127.0.0.1', '::ffff:0.0.0.0'].map((host) => `listener A ${host}\n`),
  ...['127.1', '0'].map((host) => `listener A ${host}\nsocket_domain ipv6\n`),
  ...['127.0.0.1 # here', 'local host', '*', 'a..b', '[::1]'].map(
    (host) => `bind_address ${host}\nport A\n`,
  ),
  'listener A\nbind_interface lo # here\n',
  'listener A 127.0.0.1\nbind_interface averyverylongname\n',
  'listener A *\nbind_interface lo\n',
  'include_dir KEYS # comment\n',
  'include_dir KEYS\t\n',
  'include_dir  KEYS\n',
  'include_dir "KEYS"\n',
  `listener 0 KEYS/${'x'.repeat(120)}\n`,
  'listener A 127.0.0.1\nplugin /x.so\nplugin_opt_a b\n',
  'listener A 127.0.0.1\nplugin /x.so\nplugin_opt_abc\n',
  'auth_plugin_deny_special_chars true\n',
  'max_inflight_messages 70000\n',
  'max_packet_size 3\n',
  'max_keepalive 5\nlistener A 127.0.0.1\n',
  'message_size_limit -1\n',
  'websockets_headers_size 70000\n',
  'memory_limit -1\n',
  'max_topic_alias 70000\n',
  'log_dest nowhere\n',
  'log_dest file\n',
  'log_facility 9\n',
  'persistent_client_expiration 3x\n',
  'pid_file a\tb\n',
  'pid_file /tmp/caf\u00e9\u0085\n',
  'pid_file KEYS/p\npid_file \n',
  'pid_file KEYS/p\npid_file  \n',
  'check_retain_source true\nper_listener_settings true\nlistener A 127.0.0.1\n',
  'per_listener_settings false\nallow_anonymous true\nper_listener_settings true\n',
  'per_listener_settings true\nlistener A 127.0.0.1\nallow_anonymous true\nper_listener_settings true\n',
  'listener A 127.0.0.1\nlistener B 127.0.0.1\nprotocol websockets\nkeyfile KEYS/server.key\n',
  'listener A 127.0.0.1\nmount_point a/+\n',
  'mount_point a\n',
  'listener A 127.0.0.1\nallow_anonymous yes\0x',
  'allow_anonymous "true"\n',
  ' # indented\n',
  '\ufefflistener A 127.0.0.1\n',
  'topic # both 0\n',
  `${bridge}address 127.0.0.1\n`,
  'connection b\naddress 127.0.0.1:70000\n',
  'connection b\ntopic #\n',
  bridge,
  `${bridge}${bridge}`,
  `${bridge}topic # sideways\n`,
  `${bridge}topic # out 3\n`,
  `${bridge}topic # out 0 a/#\n`,
  `${bridge}topic # out 0 a/ b/+/\n`,
  `${bridge}start_type manual\n`,
  `${bridge}start_type nonsense\n`,
  `${bridge}restart_timeout 20 10\n`,
  `${bridge}keepalive_interval 70000\n`,
  `${bridge}bridge_protocol_version mqttv311 \n`,
  `${bridge}topic #\nbridge_psk ab\n`,
  `${bridge}topic #\nclientid a\nconnection c\naddress 127.0.0.1\ntopic #\nremote_clientid a\n`,
  `listener A 127.0.0.1\n${pair}tls_version TLSv1.2\n`,
  `listener A 127.0.0.1\n${pair}tls_version tlsv1.2 # at least\n`,
  `listener A 127.0.0.1\n${pair}ciphers NOPE\n`,
  `listener A 127.0.0.1\n${pair}ciphers_tls1.3 NOPE\n`,
  'listener A 127.0.0.1\npsk_hint h\ncertfile KEYS/server.crt\n',
  'listener A 127.0.0.1\nretain_expiry_interval 0\n',
  'listener A 127.0.0.1\nwebsockets_log_level\n',
  'listener_allow_anonymous true\n',
];

describe.skipIf(missing && process.env.LOCKSTEP_TEST_ALL !== '1')(
  `beside the real broker (${broker ? `mosquitto ${broker.version}` : 'mosquitto is not installed'})`,
  () => {
    let folder = '';
    beforeAll(() => {
      expect(broker, 'mosquitto is needed').not.toBeNull();
      folder = folderWithCertificate();
    });
    afterAll(() => {
      if (folder !== '') rmSync(folder, { recursive: true });
    });

    async function compare(template: string) {
      if (broker === null) throw new Error('no broker');
      const [a, b] = await freePorts(2);
      const text = template
        .replaceAll(/\bA\b/g, String(a))
        .replaceAll(/\bB\b/g, String(b))
        .replaceAll('KEYS', folder);
      const files = filesFrom({ '/m.conf': text });
      const configuration = await readConfiguration(files, '/m.conf', broker.version);
      const said = effective(configuration, broker.version);
      const run = await startBroker(broker.program, folder, text);
      try {
        expect(said.firstError).toBe(run.firstError);
        const certificate = {
          cert: readFileSync(join(folder, 'server.crt')),
          key: readFileSync(join(folder, 'server.key')),
        };
        for (const {
          port,
          addresses,
          tls,
          requiresClientCertificate,
          anonymous,
          clientIdPrefix,
        } of said.listeners) {
          expect(addresses).toEqual(['127.0.0.1']);
          const seen = await tryPort(port, certificate, clientIdPrefix?.prefix);
          expect(seen).toEqual({ tls, requiresClientCertificate, anonymous });
        }
        return said;
      } finally {
        await run.stop();
      }
    }

    test.each(running)('runs: %j', async (template) => {
      await compare(template);
    });

    test.each(refused)('refuses: %j', async (template) => {
      await compare(template);
    });
  },
);
