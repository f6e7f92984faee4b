import { describe, expect, test } from 'vitest';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { filesIn } from '../../support/advice/following.ts';
import { wrongWith } from '../../support/advice/wrong-advice.ts';
import { main } from '../../support/brokers/reading.ts';

// libwebsockets, before 2.1, has its own ideas of lists, folders, addresses and ports; and other lines that
// do not do what they look like.

async function told(version: string, text: string): Promise<Advised[]> {
  const tree = new Map([[main, text]]);
  expect(await wrongWith(tree, version)).toEqual([]);
  return audit(filesIn(tree), main, version);
}

const one = (all: readonly Advised[], id: string) => all.find((each) => each.id === id);
const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';
const websockets = `listener 1883\nlistener 9001\nprotocol websockets\n`;
const asking = `${tls}cafile /k/ca\nrequire_certificate true\nuse_identity_as_username true\n`;

describe('a revocation list', () => {
  test.each(['2.0.11', '2.0.21'])('is not read: none is advised (%s)', async (version) => {
    const found = one(await told(version, websockets + asking), 'no-revocation-list');
    expect(found).toMatchObject({ edits: null });
    expect(found?.message).toContain('reads no revocation list before 2.1');
    expect(found?.fix).not.toContain('crlfile');
  });

  test.each(['2.0.11', '2.0.21'])('is not read: the line is told (%s)', async (version) => {
    const all = await told(version, `${websockets}${asking}crlfile /k/crl\n`);
    expect(one(all, 'revocation-list-ignored')).toMatchObject({ severity: 'warning', line: 9 });
    expect(one(all, 'no-revocation-list')).toBeUndefined();
  });

  test('that has expired shuts out nobody there', async () => {
    const files = filesIn(new Map([[main, `${websockets}${asking}crlfile /k/crl\n`]]));
    const old = { path: '/k/crl', notBefore: new Date(0), notAfter: new Date(1) };
    const facts = { now: new Date(), validity: [old] };
    expect(one(await audit(files, main, '2.0.21', facts), 'expired')).toBeUndefined();
    expect(one(await audit(files, main, '2.1.2', facts), 'expired')).toBeDefined();
  });

  test('is read from 2.1 on', async () => {
    const all = await told('2.1.2', websockets + asking);
    expect(one(all, 'no-revocation-list')?.fix).toContain('clients whose certificate was revoked');
  });
});

describe('an authority', () => {
  const folder = `password_file /k/pw\n${websockets}${tls}capath /k/ca\n`;

  test.each(['2.0.11', '2.0.21'])(
    'in a folder is not read: a file is advised (%s)',
    async (version) => {
      const found = one(await told(version, folder), 'no-client-certificate');
      expect(found?.edits?.map(({ text }) => text)).toEqual([
        'cafile /etc/mosquitto/ca_certificates/root_ca.crt',
        'require_certificate true',
      ]);
    },
  );

  test('in a folder is read from 2.1 on', async () => {
    const found = one(await told('2.1.2', folder), 'no-client-certificate');
    expect(found?.edits?.map(({ text }) => text)).toEqual(['require_certificate true']);
  });

  test('that is missing is advised with what else would keep everybody out', async () => {
    const found = one(
      await told('2.0.21', `listener 8883\n${tls}require_certificate true\n`),
      'no-authority',
    );
    expect(found?.edits?.map(({ text }) => text)).toEqual([
      'cafile /etc/mosquitto/ca_certificates/root_ca.crt',
      'use_identity_as_username true',
    ]);
  });
});

describe('an address and a port', () => {
  test.each(['::', '::0', '0:0:0:0:0:0:0:0', '0.0.0.0', '0'])(
    'that stands for all is not ignored: %s',
    async (address) => {
      const text = `listener 1883\nlistener 9001 ${address}\nprotocol websockets\n`;
      expect(one(await told('2.0.11', text), 'websockets-address-ignored')).toBeUndefined();
    },
  );

  test.each(['127.0.0.1', '127.0.0.2'])('of this machine is ignored: %s', async (address) => {
    const text = `listener 1883\nlistener 9001 ${address}\nprotocol websockets\n`;
    expect(one(await told('2.0.11', text), 'websockets-address-ignored')).toMatchObject({
      severity: 'critical',
    });
  });

  const low = 'password_file /k/pw\nlistener 1883\nlistener 443\nprotocol websockets\n';

  test('below 1024 never opens on 2.0.11', async () => {
    const found = one(await told('2.0.11', low), 'websockets-never-listens');
    expect(found?.message).toContain('Ports below 1024 are for root');
    expect(found?.fix).toContain('line 3 to "listener 8443"');
  });

  test('below 1024 that everybody could use then is not advised', async () => {
    const all = await told('2.0.11', `allow_anonymous true\n${low.slice(low.indexOf('l'))}`);
    expect(one(all, 'websockets-never-listens')?.edits).toBeNull();
    expect(one(all, 'open-to-this-machine')).toBeUndefined();
  });

  test.each(['2.0.21', '2.1.2'])('below 1024: the cause is told (%s)', async (version) => {
    const found = one(await told(version, low), 'does-not-load');
    expect(found?.fix).toContain('Ports below 1024 are for root');
    expect(found?.fix).toContain('line 3 to "listener 8443"');
  });

  test('a key without a certificate has its own cause', async () => {
    const text = `${websockets}keyfile /k/s.key\n`;
    expect(one(await told('2.0.11', text), 'does-not-load')?.fix).toContain('certfile /k/s.crt');
  });
});

describe('a misspelt option', () => {
  test.each([
    ['requir_certificate true', 'require_certificate true'],
    ['requier_certificate true', 'require_certificate true'],
    ['alow_anonymous true', 'allow_anonymous false'],
    ['pasword_file /k/pw', 'password_file /k/pw'],
  ])('%s is not taken away', async (wrong, right) => {
    const all = await told('2.0.21', `listener 8883\n${tls}cafile /k/ca\n${wrong}\n`);
    expect(one(all, 'does-not-load')?.edits).toMatchObject([{ action: 'replace', text: right }]);
  });

  test('is taken away where none is near', async () => {
    const all = await told('2.0.21', 'listener 1883\nnonsense 1\n');
    expect(one(all, 'does-not-load')?.edits).toMatchObject([{ action: 'remove' }]);
  });
});

describe('a folder where everybody may put files', () => {
  const dynamic = 'plugin /usr/lib/mosquitto_dynamic_security.so\nplugin_opt_config_file';
  test.each([
    'include_dir /tmp',
    'capath /tmp',
    'capath /var/tmp/',
    `${dynamic} /tmp/dynsec.json`,
    'plugin /usr/lib/mosquitto_password_file.so\nplugin_opt_password_file /dev/shm/pw',
    'plugin /usr/lib/mosquitto_acl_file.so\nplugin_opt_acl_file /run/lock/acl',
    'plugin_load x /tmp/x.so',
    'psk_file /var/lock/psk',
    'auth_plugin /k/mine.so\nauth_opt_users /tmp/users',
  ])('%s', async (line) => {
    const all = await audit(filesIn(new Map([[main, `listener 1883\n${line}\n`]])), main, '2.1.2');
    expect(one(all, 'file-in-open-folder')).toMatchObject({ severity: 'critical' });
  });

  test.each([
    'include_dir /tmpfiles',
    'capath /var/tmp/../lib/ca',
    `${dynamic} /var/lib/mosquitto/dynsec.json`,
    'plugin_load /tmp/x /usr/lib/x.so',
  ])('not %s', async (line) => {
    const all = await audit(filesIn(new Map([[main, `listener 1883\n${line}\n`]])), main, '2.1.2');
    expect(one(all, 'file-in-open-folder')).toBeUndefined();
  });
});
