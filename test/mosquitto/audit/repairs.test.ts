import { describe, expect, test } from 'vitest';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { filesIn, follow, letIn, stepsTo } from '../../support/advice/following.ts';
import { main, versions } from '../../support/brokers/reading.ts';

// What is advised where the broker does not start: the line as it is meant, and never one away that shuts out.

const tree = (text: string) => new Map([[main, text]]);
const auditOf = (text: string, version: string) => audit(filesIn(tree(text)), main, version);
const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';

async function afterwards(text: string, version: string, id: string) {
  const all = await auditOf(text, version);
  const finding = all.find((one) => one.id === id);
  if (finding?.edits == null) throw new Error(`${id}: nothing to follow`);
  return letIn(follow(tree(text), stepsTo(finding, all)), version);
}

describe('a value that nobody means', () => {
  const first = async (text: string, version: string) => {
    const [fault] = (await auditOf(text, version)).filter(({ id }) => id === 'does-not-load');
    if (fault === undefined) throw new Error('it starts');
    return fault;
  };

  test.each(
    versions.flatMap((version) =>
      [
        ['password_file /k/pw # users', 'password_file /k/pw', '# users'],
        ['acl_file /k/acl\t# rules', 'acl_file /k/acl', '# rules'],
        ['psk_file "/k/keys"', 'psk_file /k/keys', ''],
        ['acl_file = /k/acl', 'acl_file /k/acl', ''],
        ['plugin /k/x.so # c', 'plugin /k/x.so', '# c'],
        ['include_dir  /etc/mosquitto/conf.d', 'include_dir /etc/mosquitto/conf.d', ''],
        ['include_dir \t/etc/mosquitto/conf.d', 'include_dir /etc/mosquitto/conf.d', ''],
        ['include_dir /etc/mosquitto/conf.d ', 'include_dir /etc/mosquitto/conf.d', ''],
        ['include_dir "/etc/mosquitto/conf.d"', 'include_dir /etc/mosquitto/conf.d', ''],
      ].map(([wrong = '', right = '', comment]) => [version, wrong, right, comment] as const),
    ),
  )(
    'is put right as it is meant, not taken away (%s: %j)',
    async (version, wrong, right, comment) => {
      const text = `listener 1883\nallow_anonymous true\n${wrong}\n`;
      const { edits, line } = await first(text, version);
      expect(line).toBe(3);
      expect(edits?.map((one) => [one.action, one.text])).toEqual([
        ...(comment ? [['insert-before', comment]] : []),
        ['replace', right],
      ]);
      expect((await afterwards(text, version, 'does-not-load')).loads).toBe(true);
      // Whom it would let in is told as well.
      const open = (await auditOf(text, version)).find(({ id }) => id === 'open-to-network');
      expect(open?.message).toMatch(/^Once the broker starts: /);
    },
  );

  test.each(versions)('what is not known to be meant is not guessed (%s)', async (version) => {
    const text = 'listener 1883\nallow_anonymous true\nacl_file # none yet\n';
    const { edits, fix } = await first(text, version);
    expect(edits).toBeNull();
    expect(fix).toContain('Write behind "acl_file" what is meant.');
    const all = await auditOf(text, version);
    expect(all.map(({ id }) => id)).toContain('open-to-network');
    // What else is to be done depends on it: moving lines could leave the access list behind.
    const late = all.filter(({ message }) => message.startsWith('Once the broker starts'));
    expect(late.filter((one) => one.edits !== null)).toEqual([]);
    expect(late[0]?.fix).toMatch(/^First put right what keeps the broker from starting/);
  });
});

describe('a line that decides who gets in', () => {
  const faultOf = async (text: string, version: string) => {
    const all = await auditOf(text, version);
    const fault = all.find(({ id }) => id === 'does-not-load');
    if (fault === undefined) throw new Error('it starts');
    return { ...fault, others: all.map(({ id }) => id) };
  };
  const open = 'listener 1883\nallow_anonymous true\n';

  test.each(
    versions.flatMap((version) =>
      [
        'acl_file',
        'password_file ',
        'clientid_prefixes',
        'socket_domain inet',
        'bind_interface averyverylongname',
        `${tls}ciphers NONSENSE`,
      ].map((lines) => [version, lines] as const),
    ),
  )('is not advised to be removed, and the rest is told (%s: %j)', async (version, lines) => {
    const { edits, fix, others } = await faultOf(`${open}${lines}\n`, version);
    expect(edits).toBeNull();
    expect(fix).not.toMatch(/remove/i);
    expect(others).toContain('open-to-network');
  });

  test.each(['fe80::1', 'two..dots', '[::1]'])(
    'an address nobody can listen at (%s) is not taken for the local only mode',
    async (address) => {
      const text = `listener 1883 ${address}\nallow_anonymous true\n`;
      for (const version of versions) {
        const { edits, others } = await faultOf(text, version);
        expect(edits).toBeNull();
        expect(others).toEqual(['does-not-load', 'open-to-network']);
      }
    },
  );

  test.each(versions)('an interface with a comment is the interface (%s)', async (version) => {
    const { edits, others } = await faultOf(`${open}bind_interface lo # only here\n`, version);
    expect(edits?.map(({ text }) => text)).toEqual(['# only here', 'bind_interface lo']);
    expect(others).toContain('open-to-this-machine');
    expect(others).not.toContain('open-to-network');
  });

  test.each(versions)('an address in quotes is the address (%s)', async (version) => {
    const { edits } = await faultOf('listener 1883 "127.0.0.1"\n', version);
    expect(edits?.map(({ text }) => text)).toEqual(['listener 1883 127.0.0.1']);
  });

  test.each(versions)('a letter wrong in its option: the option is meant (%s)', async (version) => {
    const { edits } = await faultOf(`${open}acl_fil /k/acl\n`, version);
    expect(edits?.map(({ text }) => text)).toEqual(['acl_file /k/acl']);
    const { edits: no } = await faultOf('listener 1883\nalow_anonymous true\n', version);
    expect(no?.map(({ text }) => text)).toEqual(['allow_anonymous false']);
  });

  test('one of a later version is not removed', async () => {
    const { edits, fix } = await faultOf(`${open}listener_allow_anonymous false\n`, '2.0.21');
    expect(edits).toBeNull();
    expect(fix).toContain('in the words of this version');
  });

  test.each(versions)('a certificate that may be required is (%s)', async (version) => {
    const text = `${open}${tls}cafile /k/ca\nrequire_certificate always\n`;
    const { edits } = await faultOf(text, version);
    expect(edits?.map((one) => one.text)).toEqual(['require_certificate true']);
  });
});
