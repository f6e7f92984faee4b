import { expect, test } from 'vitest';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { optionTable } from '../../../src/mosquitto/config/options/option-table.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import {
  type TreeOptions,
  type TrialTree,
  trialTree,
} from '../../../src/mosquitto/trial/trial-tree.ts';

const main = '/etc/mosquitto/mosquitto.conf';
const versions = ['2.0.11', '2.0.21', '2.1.2'] as const;
const library = '/usr/lib/x86_64-linux-gnu';

async function treeOf(
  content: string | Record<string, string>,
  version: string = '2.0.11',
  options: TreeOptions = {},
): Promise<TrialTree & { main: string[]; all: string }> {
  const files = filesFrom(typeof content === 'string' ? { [main]: content } : content);
  const configuration = await readConfiguration(files, main, version);
  const tree = await trialTree(configuration, files, '/tmp/s', options);
  const texts = [...tree.files.values()].map((bytes) => bytes.toString('latin1'));
  const lines = tree.files.get('mosquitto.conf')?.toString('latin1').split('\n') ?? [];
  return { ...tree, main: lines, all: texts.join('\n') };
}

/** Every socket or port that a text would open. */
const doors = (all: string) => all.match(/^(listener|port|bind_address)\b.*$/gm) ?? [];

test.each(versions)(
  'of all options of %s, only those of TLS lead to a live file',
  async (version) => {
    const ofTls = new Set([
      ...['cafile', 'capath', 'certfile', 'keyfile', 'crlfile', 'dhparamfile'],
      // A library or a word, no file of the broker's.
      ...['tls_engine', 'tls_engine_kpass_sha1', 'tls_version', 'ciphers', 'ciphers_tls1.3'],
    ]);
    // Words that say who, not where.
    const words = ['user', 'auto_id_prefix', 'listener_auto_id_prefix', 'clientid_prefixes'];
    const texts = ['mount_point', 'psk_hint', 'websockets_origin', 'log_timestamp_format'];
    const led: string[] = [];
    for (const [name, option] of Object.entries(optionTable)) {
      if (option.kind !== 'string' && !['log_dest', 'plugin', 'listener'].includes(name)) continue;
      if (ofTls.has(name) || words.includes(name) || texts.includes(name)) continue;
      const value = { log_dest: 'file /live/x', listener: '0 /live/x' }[name] ?? '/live/x';
      const before =
        option.scope === 'bridge' ? 'connection a\naddress b\ntopic # in\n' : 'listener 1883\n';
      const tree = await treeOf(`${before}${name} ${value}\n`, version);
      if (tree.all.includes('/live/x')) led.push(name);
    }
    // tls_keyform takes a word: nothing is opened for it.
    expect(led).toEqual(['tls_keyform']);
  },
);

test.each(versions)(
  '%s: passwords, access lists and keys are copies, one for a file',
  async (version) => {
    const tree = await treeOf(
      'password_file /live/a\nacl_file /live/b \npsk_file /live/c\nlistener 1883\n',
      version,
    );
    expect(tree.main.slice(0, 3)).toEqual([
      'password_file /tmp/s/copies/0.file',
      'acl_file /tmp/s/copies/1.file',
      'psk_file /tmp/s/copies/2.file',
    ]);
    expect([...tree.copies]).toEqual([
      ['/live/a', 'copies/0.file'],
      ['/live/b', 'copies/1.file'],
      ['/live/c', 'copies/2.file'],
    ]);
    const twice = await treeOf(
      'per_listener_settings true\nlistener 1\npassword_file p\nlistener 2\npassword_file p\n',
    );
    expect([...twice.copies]).toEqual([['p', 'copies/0.file']]);
  },
);

test('what known plugins keep is a copy, or made in the folder', async () => {
  const sqlite = await treeOf(
    `global_plugin ${library}/mosquitto/mosquitto_persist_sqlite.so
plugin_opt_db_file /live/mosquitto.sqlite3
plugin_opt_sync full
persistence_location /live/
global_plugin ${library}/mosquitto/mosquitto_dynamic_security.so
plugin_opt_config_file /live/dynamic-security.json
plugin_opt_password_init_file /live/init
plugin_load acl ${library}/mosquitto/mosquitto_acl_file.so
plugin_opt_acl_file /live/acl
listener 1883
plugin_use acl
`,
    '2.1.2',
  );
  expect(sqlite.all).not.toContain('/live');
  expect(sqlite.main).toContain('plugin_opt_sync full');
  // The plugin takes it before its own option.
  expect(sqlite.main).toContain('persistence_location /tmp/s/copies');
  expect(sqlite.main).toContain('plugin_opt_db_file /tmp/s/copies/db_file');
  expect([...sqlite.copies.keys()]).toEqual([
    '/live/dynamic-security.json',
    '/live/init',
    '/live/acl',
  ]);
  expect(sqlite.without).toEqual([]);
  const old = await treeOf(
    'auth_plugin mosquitto_dynamic_security.so\nauth_opt_Config_File  /live/with blank\nlistener 1\n',
  );
  expect(old.main.slice(0, 2)).toEqual([
    'auth_plugin mosquitto_dynamic_security.so',
    'auth_opt_Config_File /tmp/s/copies/0.file',
  ]);
  expect([...old.copies.keys()]).toEqual(['/live/with blank']);
});

test('a plugin that nothing is known of is left out with all its lines, until somebody says', async () => {
  const content = {
    [main]: `plugin ${library}/mosquitto_password_file.so
plugin_opt_password_file /live/passwd
plugin_load mine /opt/mine.so
plugin_opt_database /live/mine.db
plugin_load other /opt/go-auth.so
auth_opt_backends sqlite
listener 1883
plugin_use mine
auth_plugin_deny_special_chars false
plugin_opt_more 1
include_dir /etc/mosquitto/conf.d
`,
    '/etc/mosquitto/conf.d/a.conf': 'plugin /opt/mine.so\nauth_opt_file /live/x\n',
  };
  const without = await treeOf(content, '2.1.2');
  expect(without.without.map(({ path, place }) => [path, place.line])).toEqual([
    ['/opt/mine.so', 3],
    ['/opt/go-auth.so', 5],
    ['/opt/mine.so', 1],
  ]);
  expect(without.all).not.toMatch(/^(?!#).*(\/opt|\/live|deny|plugin_use)/m);
  expect(without.main[0]).toBe(`plugin ${library}/mosquitto_password_file.so`);
  const tried = await treeOf(content, '2.1.2', { tryPlugins: true });
  expect(tried.without).toEqual([]);
  expect(tried.main).toContain('plugin_opt_database /live/mine.db');
  expect(tried.main).toContain('plugin_use mine');
  // What is known stays a copy.
  expect(tried.all).not.toContain('/live/passwd');
});

test('a port is the one that the broker reads, however it is written', async () => {
  const { sockets } = await treeOf('listener 1883x\nlistener 0x 127.0.0.1\nlistener +1885 ::1\n');
  expect([...sockets.keys()]).toEqual([1883, 0, 1885]);
});

test.each(versions)(
  '%s: what the broker would open by itself is a socket, too',
  async (version) => {
    // Local-only mode.
    const local = await treeOf('persistence true\n', version);
    expect(doors(local.all)).toEqual(['listener 0 /tmp/s/sockets/1883-0']);
    // The older way, its settings around it and in another file.
    const old = await treeOf(
      {
        [main]:
          'max_connections 5\nport 8883\ncertfile /c\nlistener 1884\nmax_connections 7\ninclude_dir /d\nbind_address 192.0.2.7\n',
        '/d/a.conf': version === '2.1.2' ? '' : 'keyfile /k\n',
      },
      version,
    );
    expect(doors(old.all)).toEqual([
      'listener 0 /tmp/s/sockets/1884-0',
      'listener 0 /tmp/s/sockets/8883-1',
    ]);
    const own = old.main.slice(old.main.indexOf('listener 0 /tmp/s/sockets/8883-1') + 1);
    expect(own.filter((line) => !line.startsWith('#'))).toEqual([
      'max_connections 5',
      'certfile /c',
      ...(version === '2.1.2' ? [] : ['keyfile /k']),
      '',
    ]);
    expect(old.main).toContain('max_connections 7');
    // Whatever it is, it has no door but sockets in its folder.
    for (const text of [
      '',
      'port 1\n',
      'bind_address ::1\n',
      'listener 0 /run/x\nlistener 0 /y\n',
      'protocol websockets\n',
    ])
      for (const door of doors((await treeOf(text, version)).all))
        expect(door).toMatch(/^listener 0 \/tmp\/s\/sockets\/[0-9]+-[0-9]+$/);
  },
);

test('as many listeners as there are have each a socket of its own', async () => {
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const text = [
    ...addresses.map((address) => `listener 1883 ${address}`),
    ...['/run/a', '/run/b', '/run/c'].map((path) => `listener 0 ${path}`),
  ].join('\n');
  const tree = await treeOf(text);
  expect(new Set(doors(tree.all)).size).toBe(6);
});

test('whom the broker runs as is left to who knows', async () => {
  const text = 'user other\nlistener 1\n';
  expect((await treeOf(text)).main[0]).toBe('user other');
  expect((await treeOf(text, '2.0.11', { withoutUser: true })).all).not.toMatch(/^user/m);
});

test('an include folder is found however it is written; a name may hold anything', async () => {
  for (const written of ['/d', '/d/', '/x/../d', '//d'])
    expect(
      (await treeOf({ [main]: `include_dir ${written}\n`, '/d/a.conf': 'listener 1\n' })).main[0],
    ).toBe('include_dir /tmp/s/include-0');
  const tree = await treeOf({
    [main]: 'include_dir /d\n',
    '/d/a\tb\nc.conf': '',
    '/d/z.conf': 'listener 1\n',
    '/d/B.conf': 'listener 2\n',
  });
  expect([...tree.places]).toEqual([
    [main, 'mosquitto.conf'],
    ['/d/a\tb\nc.conf', 'include-0/0001.conf'],
    ['/d/B.conf', 'include-0/0002.conf'],
    ['/d/z.conf', 'include-0/0003.conf'],
  ]);
  expect(doors(tree.all)).toHaveLength(2);
});

test.each(versions)('%s: what was not read is not tried', async (version) => {
  const wrong = await treeOf('listener 1\nallow_anonymos true\nlog_dest file /live/x\n', version);
  expect(wrong.main.slice(0, 4)).toEqual([
    ...['listener 0 /tmp/s/sockets/1-0', 'allow_anonymos true', '', ''],
  ]);
  // The broker stops at a NUL byte, and what is added must be read.
  for (const text of ['listener 1\nmax_qos 1\0\nlog_dest file /live/x\n', 'l\0i\0s\0t\0\n']) {
    const cut = await treeOf(text, version);
    expect(cut.all).not.toMatch(/\0|live/);
    expect(doors(cut.all)).toHaveLength(1);
  }
});
