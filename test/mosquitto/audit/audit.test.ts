import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import type { AuditFacts } from '../../../src/mosquitto/audit/rules/certificates.ts';
import { filesOf, main } from '../../support/brokers/reading.ts';

type Content = string | Record<string, string>;

async function findings(
  content: Content,
  version = '2.0.11',
  facts?: AuditFacts,
): Promise<Finding[]> {
  return audit(filesOf(content), main, version, facts);
}

const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';
const mutual = `${tls}cafile /k/ca.crt\nrequire_certificate true\n`;
const secured = `allow_anonymous false\nlistener 8883\n${mutual}use_identity_as_username true\ncrlfile /k/ca.crl\ntls_version tlsv1.2\n`;
const include = 'include_dir /etc/mosquitto/conf.d\n';

test('a secured broker has nothing to complain about, on any version', async () => {
  for (const version of ['2.0.11', '2.0.18', '2.0.21', '2.0.22', '2.1.2']) {
    expect(await findings(secured, version)).toEqual([]);
  }
});

interface Case {
  id: string;
  severity: Finding['severity'];
  /** FILE:LINE below /etc/mosquitto. */
  at: string;
  config: Content;
  version?: string;
  /** Part of the fix. */
  fix?: string;
}

const cases: Case[] = [
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nallow_anonymous\ttrue\n',
    fix: 'Replace the tab by a space',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:1',
    config: 'listener 1900 127.0.0.1\t\n',
    fix: 'Only a space ends the name or address',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:1',
    config: 'listener 1900 [::1]\n',
    fix: 'Write an address of this machine as numbers',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:1',
    config: 'include_dir /etc/mosquitto/conf.d # comment\n',
    fix: 'line 1 to "include_dir /etc/mosquitto/conf.d"',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\npassword_file /k/pw # all users\n',
    fix: 'Write "# all users" above /etc/mosquitto/mosquitto.conf line 2; change /etc/mosquitto/mosquitto.conf line 2 to "password_file /k/pw"',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\npassword_file "/k/p w"\n',
    fix: 'line 2 to "password_file /k/p w"',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:1',
    config: '\ufefflistener 1900\n',
    fix: 'byte order mark',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nallow_anonymous = yes\n',
    fix: '"allow_anonymous true" or "allow_anonymous false"',
  },
  {
    id: 'does-not-load',
    severity: 'critical',
    at: 'conf.d/a.conf:1',
    config: { 'mosquitto.conf': `listener 1900\n${include}`, 'conf.d/a.conf': 'listener 1900\n' },
    fix: 'Two listeners want port 1900',
  },
  {
    id: 'open-to-network',
    severity: 'critical',
    at: 'conf.d/b.conf:1',
    config: {
      'mosquitto.conf': include,
      'conf.d/a.conf': 'listener 1900\n',
      'conf.d/b.conf': 'allow_anonymous true\n',
    },
    fix: 'Change /etc/mosquitto/conf.d/b.conf line 1 to "allow_anonymous false"',
  },
  {
    id: 'open-to-network',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'per_listener_settings true\nport 1900\n',
    fix: 'Write "allow_anonymous false" below /etc/mosquitto/mosquitto.conf line 2',
  },
  {
    id: 'open-to-this-machine',
    severity: 'note',
    at: 'mosquitto.conf:2',
    config: 'listener 1900 127.0.0.1\nallow_anonymous true\n',
  },
  {
    id: 'plain-passwords',
    severity: 'warning',
    at: 'mosquitto.conf:1',
    config: 'listener 1900\npassword_file /k/pw\n',
  },
  { id: 'nobody-gets-in', severity: 'note', at: 'mosquitto.conf:1', config: 'listener 1900\n' },
  { id: 'local-only', severity: 'note', at: 'mosquitto.conf:1', config: '' },
  {
    id: 'ignored-in-local-only-mode',
    severity: 'warning',
    at: 'mosquitto.conf:2',
    config: '\nallow_anonymous false\n',
  },
  {
    id: 'unmeant-listener',
    severity: 'critical',
    at: 'conf.d/b.conf:1',
    config: {
      'mosquitto.conf': include,
      'conf.d/a.conf': 'listener 8883\n',
      'conf.d/b.conf': mutual,
    },
    fix: 'below /etc/mosquitto/conf.d/a.conf line 1',
  },
  {
    id: 'old-listener-line',
    severity: 'note',
    at: 'mosquitto.conf:1',
    config: 'port 1900\n',
    fix: '"listener 1900"',
  },
  {
    id: 'websockets-address-ignored',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nlistener 1901 127.0.0.1\nprotocol websockets\n',
    fix: '"socket_domain ipv4"',
  },
  {
    id: 'websockets-never-listens',
    severity: 'warning',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nlistener 1901 localhost\nprotocol websockets\n',
    version: '2.0.21',
  },
  {
    id: 'websockets-random-port',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nlistener 0 /run/w.sock\nprotocol websockets\n',
  },
  {
    id: 'anonymous-for-all',
    severity: 'note',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nallow_anonymous true\nlistener 1901\n',
  },
  {
    id: 'half-pair',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'listener 8883\ncertfile /k/s.crt\nrequire_certificate true\n',
    fix: 'rite "keyfile /k/s.key" below',
  },
  {
    id: 'no-client-certificate',
    severity: 'warning',
    at: 'mosquitto.conf:1',
    config: `listener 8883\n${tls}password_file /k/pw\n`,
  },
  {
    id: 'certificate-without-identity',
    severity: 'critical',
    at: 'mosquitto.conf:5',
    config: `listener 8883\n${mutual}`,
    fix: '"use_identity_as_username true"',
  },
  {
    id: 'identity-without-certificate',
    severity: 'critical',
    at: 'mosquitto.conf:4',
    config: `listener 8883\n${tls}use_identity_as_username true\n`,
  },
  {
    id: 'identity-on-plain-listener',
    severity: 'note',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nuse_identity_as_username true\n',
  },
  {
    id: 'no-authority',
    severity: 'critical',
    at: 'mosquitto.conf:4',
    config: `listener 8883\n${tls}require_certificate true\n`,
    fix: 'rite "cafile ',
  },
  {
    id: 'old-tls',
    severity: 'warning',
    at: 'mosquitto.conf:4',
    config: `listener 8883\n${tls}tls_version tlsv1.1\n`,
  },
  {
    id: 'tls-version-ignored',
    severity: 'note',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\ntls_version tlsv1.3\n',
  },
  {
    id: 'shared-key-ends-tls13',
    severity: 'critical',
    at: 'mosquitto.conf:3',
    config: `listener 8884\npsk_hint h\npsk_file /k/psk\nlistener 8883\n${tls}tls_version tlsv1.3\n`,
    version: '2.0.18',
  },
  {
    id: 'no-revocation-list',
    severity: 'note',
    at: 'mosquitto.conf:2',
    config: secured.replace('crlfile /k/ca.crl\n', ''),
  },
  {
    id: 'identity-and-subject',
    severity: 'note',
    at: 'mosquitto.conf:10',
    config: `${secured}use_subject_as_username true\n`,
  },
  {
    id: 'lost-after-include',
    severity: 'critical',
    at: 'mosquitto.conf:3',
    config: {
      'mosquitto.conf': `listener 1900\n${include}max_connections 5\n`,
      'conf.d/a.conf': 'listener 1901\n',
    },
    fix: 'above /etc/mosquitto/mosquitto.conf line 2',
  },
  {
    id: 'lost-before-listener',
    severity: 'critical',
    at: 'mosquitto.conf:2',
    config: 'per_listener_settings true\nacl_file /k/acl\nlistener 1900\n',
  },
  {
    id: 'lost-before-listener',
    severity: 'warning',
    at: 'mosquitto.conf:1',
    config: `tls_version tlsv1.3\nlistener 8883\n${tls}`,
  },
  {
    id: 'overridden',
    severity: 'warning',
    at: 'mosquitto.conf:1',
    config: {
      'mosquitto.conf': `allow_anonymous false\n${include}`,
      'conf.d/a.conf': 'listener 1900\nallow_anonymous true\n',
    },
    fix: '/etc/mosquitto/conf.d/a.conf line 2',
  },
  {
    id: 'include-not-last',
    severity: 'note',
    at: 'mosquitto.conf:1',
    config: { 'mosquitto.conf': `${include}user mosquitto\n`, 'conf.d/a.conf': '' },
  },
  {
    id: 'hidden-file',
    severity: 'warning',
    at: 'conf.d/.old.conf:1',
    config: { 'mosquitto.conf': include, 'conf.d/.old.conf': 'listener 1900\n' },
  },
  {
    id: 'comment-in-value',
    severity: 'warning',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\npersistence_location /k/db # all of it\n',
    fix: 'line 2 to "persistence_location /k/db"',
  },
  {
    id: 'comment-in-value',
    severity: 'warning',
    at: 'mosquitto.conf:3',
    config:
      'listener 1900\nplugin /k/mosquitto_dynamic_security.so\nplugin_opt_config_file /k/d.json # users\n',
    fix: 'line 3 to "plugin_opt_config_file /k/d.json"',
  },
  {
    id: 'comment-in-value',
    severity: 'warning',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\nlog_dest file /k/log # all\n',
    fix: 'line 2 to "log_dest file /k/log"',
  },
  {
    id: 'quotes-in-value',
    severity: 'warning',
    at: 'mosquitto.conf:2',
    config: 'listener 1900\npersistence_location "/k/d b"\n',
    fix: 'line 2 to "persistence_location /k/d b"',
  },
  { id: 'runs-as-root', severity: 'warning', at: 'mosquitto.conf:1', config: 'user root\n' },
  {
    id: 'client-id-prefix',
    severity: 'warning',
    at: 'mosquitto.conf:1',
    config: 'clientid_prefixes secret-\nlistener 1900\n',
  },
  {
    id: 'bridge-insecure',
    severity: 'warning',
    at: 'mosquitto.conf:4',
    config: 'connection b\naddress 10.0.0.1\ntopic #\nbridge_insecure true\n',
  },
];

describe('findings', () => {
  test.each(cases)('$id at $at', async ({ id, severity, at, config, version, fix }) => {
    const all = await findings(config, version);
    const file = (one: Finding) => `${one.file.replace('/etc/mosquitto/', '')}:${one.line}`;
    const these = all.filter((one) => one.id === id);
    expect(these.map(file)).toContain(at);
    const one = these.find((finding) => file(finding) === at);
    expect(one?.severity).toBe(severity);
    expect(one?.fix).toContain(fix ?? '');
    expect(one?.message).toMatch(/^[A-Z"/].*[.)]$/);
  });

  test('the worst comes first', async () => {
    const order = ['critical', 'warning', 'note'];
    const all = await findings(`user root\nport 1900\nallow_anonymous true\n${tls}`);
    const ranks = all.map(({ severity }) => order.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort());
    expect(new Set(ranks).size).toBe(3);
  });

  test('one door is one finding, whatever the number of ports', async () => {
    const all = await findings('listener 1900\nlistener 1901\nallow_anonymous true\n');
    expect(all.filter(({ id }) => id === 'open-to-network')).toHaveLength(1);
  });

  test('per_listener_settings: each version its own reason', async () => {
    const config = 'per_listener_settings true\nlistener 1900\nallow_anonymous false\n';
    const about = async (version: string) => {
      const all = await findings(config, version);
      return all.find(({ id }) => id === 'per-listener-settings');
    };
    expect((await about('2.0.11'))?.message).toMatch(/reload/);
    expect((await about('2.0.18'))?.message).toMatch(/Mosquitto 2\.0\.18 loses queued messages/);
    expect(await about('2.1.2')).toMatchObject({ severity: 'note' });
  });

  test('max_keepalive: on 2.0.21 alone the broker hangs up by it', async () => {
    const about = async (seconds: number, version: string) => {
      const all = await findings(`listener 1900\nmax_keepalive ${seconds}\n`, version);
      return all.find(({ id }) => id === 'hangs-up')?.message ?? '';
    };
    expect(await about(60, '2.0.21')).toContain('on whoever has just come');
    expect(await about(90, '2.0.21')).toMatch(
      /keepalive is max_keepalive, here 90 seconds \(issue/,
    );
    for (const version of ['2.0.11', '2.0.20', '2.0.22', '2.1.2'])
      expect(await about(60, version)).toBe('');
  });

  test('what comes from the configuration cannot act on a terminal', async () => {
    const [first] = await findings('listener 1900\n\u001b[2Jbad 1\n');
    expect(first?.message).toContain('·[2Jbad');
  });

  test('what the machine knows of the files: ends of validity, keys that others can read', async () => {
    const now = new Date('2026-01-10T00:00:00Z');
    const notBefore = new Date('2025-01-01T00:00:00Z');
    const all = await findings(secured, '2.0.11', {
      now,
      validity: [
        { path: '/k/s.crt', notBefore, notAfter: new Date('2026-01-20T12:00:00Z') },
        { path: '/k/ca.crl', notBefore, notAfter: new Date('2026-01-09T00:00:00Z') },
        { path: '/k/ca.crt', notBefore, notAfter: new Date('2030-01-01T00:00:00Z') },
      ],
      readable: ['/k/s.key'],
    });
    expect(all.map(({ id, severity, line }) => [id, severity, line])).toEqual([
      ['expired', 'critical', 8],
      ['key-readable', 'critical', 4],
      ['expires-soon', 'warning', 3],
    ]);
    expect(all[2]?.message).toContain('10 more days; after that clients that check it refuse');
    expect(all[0]?.message).toContain('every client is refused');
    expect(all[1]?.fix).toBe("chown mosquitto:mosquitto '/k/s.key' && chmod 0600 '/k/s.key'");
    const early = await findings(secured, '2.0.11', {
      now: new Date('2024-12-31T00:00:00Z'),
      validity: [{ path: '/k/s.crt', notBefore, notAfter: new Date('2030-01-01T00:00:00Z') }],
    });
    expect(early).toMatchObject([{ id: 'not-yet-valid', severity: 'critical', line: 3 }]);
  });
});
