import { describe, expect, test } from 'vitest';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { filesIn, filesWithout } from '../../support/advice/following.ts';
import { wrongUnread, wrongWith } from '../../support/advice/wrong-advice.ts';
import { main, versions } from '../../support/brokers/reading.ts';

// Ways in, and terms of being in, that the advice did not see: each on the smallest configuration.

const folder = '/etc/mosquitto/conf.d';
const tree = (text: string, included?: string) =>
  new Map([[main, text], ...(included === undefined ? [] : [[`${folder}/a.conf`, included]])] as [
    string,
    string,
  ][]);

/** The findings, and that following them does what they say. */
async function told(version: string, text: string, included?: string): Promise<Advised[]> {
  expect(await wrongWith(tree(text, included), version)).toEqual([]);
  return audit(filesIn(tree(text, included)), main, version);
}

const one = (all: readonly Advised[], id: string) => all.find((each) => each.id === id);
const ids = (all: readonly Advised[]) => all.map(({ id }) => id);
const tls = 'certfile /k/s.crt\nkeyfile /k/s.key\n';

describe('a name that nobody looks up', () => {
  const anyName = 'listener 1883\nallow_anonymous true\nuse_username_as_clientid true\n';

  test.each(versions)('lets in everybody, as no name would: %s', async (version) => {
    const all = await told(version, anyName);
    expect(ids(all)).toEqual(['open-to-network']);
    expect(all[0]).toMatchObject({ severity: 'critical', line: 2 });
    expect(all[0]?.message).toMatch(/^Anybody .* with any user name and no password/);
    expect(all[0]?.fix).toContain('line 2 to "allow_anonymous false"');
  });

  test('is not called open where a password file looks it up', async () => {
    const all = await told('2.0.11', `password_file /k/pw\n${anyName}`);
    expect(ids(all)).toEqual(['plain-passwords']);
  });
});

describe('what a plugin does', () => {
  const plugin = (file: string) => `global_plugin /usr/lib/mosquitto_${file}.so\n`;

  test.each(['persist_sqlite', 'acl_file', 'sparkplug_aware', 'message_timestamp'])(
    'nobody logs in by %s',
    async (file) => {
      const all = await told('2.1.2', `${plugin(file)}listener 1883\n`);
      expect(ids(all)).toEqual(['nobody-gets-in']);
    },
  );

  test.each([
    ['persist_sqlite', 'read and publish everything'],
    ['acl_file', 'do what its access rules allow'],
    ['dynamic_security', 'do what its access rules allow'],
  ])('%s and what clients may do', async (file, words) => {
    const all = await told('2.1.2', `${plugin(file)}allow_anonymous true\nlistener 1883\n`);
    expect(one(all, 'open-to-network')?.message).toContain(words);
    expect(one(all, 'open-to-network')?.fix).not.toContain(`${file}.so knows`);
  });
});

describe('who is shut out', () => {
  test('not those who come under an access list', async () => {
    const all = await told(
      '2.0.11',
      'per_listener_settings true\nlistener 1883\nallow_anonymous true\nacl_file /k/acl\nlistener 1884\nallow_anonymous true\n',
    );
    const { fix, edits } = one(all, 'per-listener-settings') ?? {};
    expect(edits).toHaveLength(1);
    expect(fix).not.toContain('Shut out');
    expect(fix).toContain('What /k/acl allows holds from then on for clients at port 1884, too.');
  });

  test('those without TLS, where it is mended', async () => {
    const all = await told('2.0.11', 'allow_anonymous true\nlistener 8884\ncertfile /k/s.crt\n');
    expect(one(all, 'half-pair')?.fix).toContain(
      'Shut out from then on: clients without TLS at port 8884.',
    );
  });

  test('those who have a certificate and no password', async () => {
    const text = `password_file /k/pw\nallow_anonymous true\nlistener 1883\nlistener 8883\n${tls}cafile /k/ca\nrequire_certificate true\n`;
    expect(one(await told('2.0.21', text), 'open-to-network')?.fix).toContain(
      'clients with a certificate of /k/ca, but no password of /k/pw at port 8883.',
    );
  });
});

describe('a folder that was not read', () => {
  test.each([
    [
      `include_dir ${folder}\nlistener 1883\nallow_anonymous false\npassword_file /k/pw\n`,
      'allow_anonymous true\n',
    ],
    [
      `per_listener_settings true\nlistener 1883\nallow_anonymous false\npassword_file /k/pw\ninclude_dir ${folder}\n`,
      'listener 1884\nallow_anonymous true\n',
    ],
    [
      `include_dir ${folder}\nlistener 9001\nprotocol websockets\nallow_anonymous true\n`,
      'listener 1883\n',
    ],
    [`include_dir ${folder}\n`, 'listener 1883\nallow_anonymous true\n'],
  ])('no line is advised that it could turn into its opposite: %j', async (text, unread) => {
    expect(await wrongUnread(tree(text, unread), folder, '2.0.11')).toEqual([]);
    const all = await audit(filesWithout(tree(text, unread), folder), main, '2.0.11');
    expect(all.every(({ edits }) => edits === null)).toBe(true);
    expect(all.map(({ fix }) => fix).join()).toContain(`First have ${folder} read as well`);
  });
});

test.each(versions)('a broker keeps its other settings: %s', async (version) => {
  const text = `include_dir ${folder}\npersistence true\nlistener 1883\n`;
  const all = await told(version, text, 'persistence false\n');
  expect(one(all, 'include-not-last')).toMatchObject({ edits: null });
  const same = await told(version, text, 'max_queued_messages 9\n');
  expect(one(same, 'include-not-last')?.edits).toHaveLength(2);
});

test('an id begins with all that stands there, a comment included', async () => {
  const prefix = 'clientid_prefixes x- # ours\nlistener 1883\n';
  const open = await told('2.0.21', `allow_anonymous true\n${prefix}`);
  expect(one(open, 'comment-in-value')?.edits).toBeNull();
  const named = await told('2.0.21', `password_file /k/pw\n${prefix}`);
  expect(one(named, 'comment-in-value')?.fix).toContain(
    'Let in from then on: clients with a password of /k/pw and an id that begins with x- at port 1883.',
  );
});
