import { describe, expect, test } from 'vitest';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { filesIn, follow, letIn, stepsTo } from '../../support/advice/following.ts';
import { main, versions } from '../../support/brokers/reading.ts';

// What advice is right where it was not, on the smallest configurations that showed it.

const tree = (text: string) => new Map([[main, text]]);
const auditOf = (text: string, version: string) => audit(filesIn(tree(text)), main, version);

async function advisedOn(text: string, version: string, id: string): Promise<Advised> {
  const finding = (await auditOf(text, version)).find((one) => one.id === id);
  if (finding === undefined) throw new Error(`no ${id} on ${version}`);
  return finding;
}

/** Who gets in when a finding is followed. */
async function afterwards(text: string, version: string, id: string) {
  const all = await auditOf(text, version);
  const finding = all.find((one) => one.id === id);
  if (finding?.edits == null) throw new Error(`${id}: nothing to follow`);
  return letIn(follow(tree(text), stepsTo(finding, all)), version);
}

const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';

describe('a broker that is closed stays closed', () => {
  const lost = 'per_listener_settings true\nallow_anonymous true\nlistener 1883\n';

  test.each(['2.0.11', '2.0.21'])(
    'an allow_anonymous that no listener gets: %s',
    async (version) => {
      expect((await letIn(tree(lost), version)).who).toEqual([]);
      for (const { id, edits } of await auditOf(lost, version)) {
        // Who wants clients in gives them passwords, which are no matter of these lines.
        if (edits === null || id === 'nobody-gets-in') continue;
        expect(await afterwards(lost, version, id)).toEqual({ loads: true, who: [] });
      }
      const { fix } = await advisedOn(lost, version, 'lost-before-listener');
      expect(fix).toBe(
        `Remove ${main} line 2 ("allow_anonymous true"), then restart the broker. It did nothing.`,
      );
      expect((await advisedOn(lost, version, 'per-listener-settings')).fix).toContain(
        `Write "allow_anonymous false" above ${main} line 1; remove ${main} line 1`,
      );
    },
  );

  test('which 2.1 does not start with: the line is taken away, not moved', async () => {
    expect(await afterwards(lost, '2.1.2', 'does-not-load')).toEqual({ loads: true, who: [] });
  });

  test.each(versions)('a line that is not read says no once it is: %s', async (version) => {
    const text = 'listener 1883\nallow_anonymous\ttrue\n';
    const { fix } = await advisedOn(text, version, 'does-not-load');
    expect(fix).toContain(`Change ${main} line 2 to "allow_anonymous false"`);
    expect(await afterwards(text, version, 'does-not-load')).toEqual({ loads: true, who: [] });
  });
});

describe('a listener that nobody gets into', () => {
  test.each(versions)('is not to be removed: a way in is offered (%s)', async (version) => {
    const found = await advisedOn('listener 1883\n', version, 'nobody-gets-in');
    expect(found.edits).toEqual([
      { action: 'append', file: main, text: 'password_file /etc/mosquitto/passwd' },
    ]);
    expect(found.fix).not.toMatch(/remove/i);
    expect(found.fix).toMatch(/^Nothing needs to be done.*mosquitto_passwd -c .*To let clients in/);
    expect(found.fix).toContain('certificates, for passwords are sent in the clear there.');
    const { who } = await afterwards('listener 1883\n', version, 'nobody-gets-in');
    expect(who.every((one) => one.endsWith(' password'))).toBe(true);
    expect(who.length).toBeGreaterThan(0);
  });

  test('with settings of its own its password file is named below it', async () => {
    const text = 'per_listener_settings true\nlistener 1883\n';
    const { edits } = await advisedOn(text, '2.0.21', 'nobody-gets-in');
    expect(edits).toMatchObject([{ action: 'insert-after', line: 2 }]);
  });

  test('encrypted, without any login: the same is said, and no password spoken of', async () => {
    const all = await auditOf(`listener 8883\n${tls}`, '2.0.11');
    expect(all.map(({ id }) => id)).toEqual(['nobody-gets-in']);
  });
});

describe('a client certificate is asked for', () => {
  const passwords = `allow_anonymous false\npassword_file /k/pw\nlistener 8883\n${tls}`;

  test.each(versions)(
    'with the authority that is there; who is shut out is said (%s)',
    async (version) => {
      const text = `${passwords}cafile /k/ca.crt\n`;
      const { fix, edits } = await advisedOn(text, version, 'no-client-certificate');
      expect(edits?.map((one) => one.text)).toEqual(['require_certificate true']);
      expect(fix).toContain(
        'Shut out from then on: clients with a password of /k/pw, but no certificate of /k/ca.crt at port 8883.',
      );
      expect(await afterwards(text, version, 'no-client-certificate')).toEqual({
        loads: true,
        who: ['8883 0.0.0.0 certificate and password', '8883 :: certificate and password'],
      });
    },
  );

  test('a line that says no is changed, not contradicted', async () => {
    const text = `${passwords}cafile /k/ca.crt\nrequire_certificate false\n`;
    const { edits } = await advisedOn(text, '2.0.21', 'no-client-certificate');
    expect(edits).toEqual([
      { file: main, line: 7, action: 'replace', text: 'require_certificate true' },
    ]);
  });

  test('where anybody got in, a certificate is enough', async () => {
    const text = `allow_anonymous true\nlistener 8883\n${tls}`;
    const { fix } = await advisedOn(text, '2.0.11', 'no-client-certificate');
    expect(fix).toContain(
      'Shut out from then on: clients without a certificate of /etc/mosquitto/ca_certificates/root_ca.crt at port 8883.',
    );
    expect((await afterwards(text, '2.0.11', 'no-client-certificate')).who).toEqual([
      '8883 0.0.0.0 certificate',
      '8883 :: certificate',
    ]);
  });
});

describe('local only mode', () => {
  test.each(['', 'allow_anonymous false\n'])(
    '2.0.11 obeys only what a listener has: %j',
    async (text) => {
      const { fix } = await advisedOn(text, '2.0.11', 'open-to-this-machine');
      expect(fix).toContain('"listener 1883 127.0.0.1"');
      expect((await afterwards(text, '2.0.11', 'open-to-this-machine')).who).toEqual([]);
    },
  );

  test('2.0.21 obeys the line alone', async () => {
    const { edits } = await advisedOn('', '2.0.21', 'open-to-this-machine');
    expect(edits).toEqual([{ action: 'append', file: main, text: 'allow_anonymous false' }]);
  });
});

describe('several listeners in one finding', () => {
  test('what is encrypted is not said to be readable', async () => {
    const text = `allow_anonymous true\nlistener 1883\nlistener 8883\n${tls}`;
    const { message } = await advisedOn(text, '2.0.21', 'open-to-network');
    expect(message).toContain('Anybody who can reach port 1883 and port 8883');
    expect(message).toContain('; what is sent to port 1883 can be read on the way.');
  });

  test('where anybody gets in, no password is said to keep them out', async () => {
    const text = `allow_anonymous true\nlistener 8883\n${tls}`;
    const { message } = await advisedOn(text, '2.0.21', 'no-client-certificate');
    expect(message).toContain('anybody who reaches it gets in without one');
  });

  test('an address that stands for all is not called ignored', async () => {
    const text = 'listener 1883\nlistener 9001 0.0.0.0\nprotocol websockets\n';
    const ids = (await auditOf(text, '2.0.11')).map(({ id }) => id);
    expect(ids).not.toContain('websockets-address-ignored');
  });

  test('an access list has its say', async () => {
    const text = 'allow_anonymous true\nacl_file /k/acl\nlistener 1883\n';
    const { message } = await advisedOn(text, '2.0.11', 'open-to-network');
    expect(message).not.toContain('everything');
  });
});

describe('a configuration that does not load', () => {
  const broken = 'nonsense 1\nlistener 1883\nallow_anonymous true\nmax_connections x y\nsilly 2\n';

  test.each(versions)('every fault is told, and whom it would let in (%s)', async (version) => {
    const all = await auditOf(broken, version);
    const places = all.map(({ id, line }) => `${id} ${line}`);
    expect(places.slice(0, 2)).toEqual([
      'does-not-load 1',
      version === '2.1.2' ? 'does-not-load-either 4' : 'does-not-load-either 5',
    ]);
    const open = all.find(({ id }) => id === 'open-to-network');
    expect(open).toMatchObject({ line: 3 });
    expect(open?.message).toMatch(/^Once the broker starts: Anybody who can reach port 1883/);
    expect((await afterwards(broken, version, 'open-to-network')).who).toEqual([]);
  });

  test('what cannot be put right here: nothing is said of what comes after', async () => {
    const found = await auditOf('listener x\nallow_anonymous true\n', '2.1.2');
    expect(found.map(({ id }) => id)).toEqual(['does-not-load', 'not-looked-at']);
    expect(found[1]?.message).toContain('whom it would let in, was not looked at');
  });

  test('the place of what is repeated', async () => {
    const text = 'listener 1883\npassword_file /k/a\npassword_file /k/b\n';
    const { fix } = await advisedOn(text, '2.0.11', 'does-not-load');
    expect(fix).toContain(`The setting was made before, in ${main} line 2: "password_file /k/a".`);
  });
});

test('a password file where everybody may put one', async () => {
  const found = await advisedOn(
    'listener 1883\npassword_file /tmp/pw\n',
    '2.0.21',
    'file-in-open-folder',
  );
  expect(found).toMatchObject({ severity: 'critical', line: 2 });
});

test('websockets of 2.0 are not said to take certificates of a folder', async () => {
  const text = `listener 1883 127.0.0.1\npassword_file /k/pw\nlistener 9001\nprotocol websockets\n${tls}capath /k/cas\nrequire_certificate true\n`;
  const { fix } = await advisedOn(text, '2.0.11', 'no-authority');
  expect(fix).toContain(
    'clients with a certificate of /etc/mosquitto/ca_certificates/root_ca.crt and',
  );
});
