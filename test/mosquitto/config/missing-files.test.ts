import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { means, versions } from '../../support/brokers/reading.ts';
import {
  folderWithCertificate,
  freePorts,
  hasOpenssl,
  startableBrokers,
  startBroker,
} from '../../support/brokers/real-broker.ts';

// K is a folder with a certificate and an empty file for everything else, A and B are free ports.
const pair = 'certfile K/server.crt\nkeyfile K/server.key\n';
const odd = (option: string, name: string) => [
  `${option} K/${name} # a comment\n`,
  `${option} "K/${name}"\n`,
  `${option} # none\n`,
  `${option} = K/${name}\n`,
];
const beforeListeners = ['password_file', 'acl_file', 'psk_file'].flatMap((option) =>
  odd(option, 'empty'),
);
const plugins = odd('plugin', 'x.so');
const users = process.getuid?.() === 0 ? odd('user', 'root') : [];
const ofPairs = ['cafile', 'capath', 'crlfile', 'dhparamfile', 'tls_engine'].flatMap((option) =>
  odd(option, 'server.crt'),
);

const alone = 'listener A 127.0.0.1\n';
const cases = [
  ...[...beforeListeners, ...plugins, ...users].map((line) => `${alone}${line}`),
  ...ofPairs.flatMap((line) => [`${alone}${pair}${line}`]),
  // Read only when used.
  ...['crlfile', 'dhparamfile'].map((option) => `${alone}${option} K/server.crt # c\n`),
  `${alone}certfile K/server.crt # c\nkeyfile K/server.key\n`,
  `${alone}certfile K/server.crt\nkeyfile K/server.key # c\n`,
  `${alone}certfile K/server.crt # c\n`,
  `${alone}psk_hint h\npsk_file K/keys # c\n`,
  `${alone}psk_hint h # c\npsk_file K/keys\ncrlfile K/none # c\n`,
  // What is only written, or only used later.
  `${alone}persistence true\npersistence_location K/ # c\n`,
  `${alone}connection b\naddress 127.0.0.1:1\ntopic # out 0\nbridge_cafile K/server.crt # c\n`,
  // Where settings are each listener's own.
  `per_listener_settings true\n${alone}password_file K/empty # c\n`,
  `per_listener_settings true\n${alone}acl_file K/empty # c\nlistener B 127.0.0.1\npassword_file K/empty # c\n`,
  `per_listener_settings true\nacl_file K/empty # c\n${alone}`,
  `per_listener_settings true\n${alone}plugin K/b.so # c\nlistener B 127.0.0.1\nplugin K/a.so # c\n`,
  // The first of two.
  `${alone}acl_file K/empty # c\npassword_file K/empty # c\n`,
  `${alone}psk_file K/empty # c\nacl_file K/empty # c\n`,
  `${alone}password_file K/empty # c\nplugin K/x.so # c\n`,
  `${alone}${alone}password_file K/empty # c\n`,
  `${alone}certfile K/server.crt # c\nkeyfile K/server.key\n${alone}`,
  `${alone}listener A 127.0.0.1\ncertfile K/server.crt # c\nkeyfile K/server.key\n`,
  `${alone}certfile K/server.crt # c\nkeyfile K/server.key # c\ncafile K/server.crt # c\n`,
  `${alone}certfile K/server.crt\nkeyfile K/server.key # c\ncrlfile K/none # c\n`,
  `${alone}${pair}cafile K/none # c\ntls_version nonsense\n`,
  `${alone}${pair}cafile K/none # c\nciphers NONSENSE\n`,
  `${alone}${pair}cafile K/none # c\ndhparamfile K/none # c\n`,
  `${alone}certfile K/none # c\nkeyfile K/none\ntls_engine x # c\n`,
  // Websockets, beside a listener that lets the broker start.
  ...[
    'certfile K/server.crt # c\nkeyfile K/server.key\n',
    'certfile K/server.crt\nkeyfile K/server.key # c\n',
    `${pair}cafile K/server.crt # c\n`,
    `${pair}cafile K/server.crt\ncrlfile K/none # c\n`,
    'http_dir K/ # c\n',
  ].map((lines) => `${alone}listener B 127.0.0.1\nprotocol websockets\n${lines}`),
  `${alone}http_dir K/ # c\n`,
  // The folders of an include.
  ...[
    'K/conf.d # c',
    ' K/conf.d',
    '\tK/conf.d',
    'K/conf.d ',
    '"K/conf.d"',
    '= K/conf.d',
    '# none',
  ].map((name) => `${alone}include_dir ${name}\n`),
];

const of21 = [
  `${alone}global_plugin K/x.so # c\n`,
  `${alone}plugin K/x.so \n`,
  `${alone}plugin  K/x.so\n`,
  `${alone}plugin K/a.so # c\nplugin K/b.so # c\n`,
];

const brokers = startableBrokers();
const missing = brokers.length === 0 || !hasOpenssl();

describe.skipIf(missing && process.env.LOCKSTEP_TEST_ALL !== '1')(
  `names that nobody means, beside real brokers (${brokers.map(({ version }) => version).join(', ')})`,
  () => {
    let folder = '';
    beforeAll(() => {
      expect(brokers, 'mosquitto is needed').not.toEqual([]);
      folder = folderWithCertificate();
      writeFileSync(join(folder, 'empty'), '');
      writeFileSync(join(folder, 'keys'), 'client:abcd\n', { mode: 0o644 });
      mkdirSync(join(folder, 'conf.d'), 0o755);
    });
    afterAll(() => {
      if (folder !== '') rmSync(folder, { recursive: true });
    });

    test.each(
      brokers.flatMap(({ version, command }) =>
        [...cases, ...(version.startsWith('2.1.') ? of21 : [])].map(
          (text) => [version, text, command] as const,
        ),
      ),
    )('%s: %j', async (version, template, command) => {
      const [a, b] = await freePorts(2);
      const text = template
        .replaceAll(/\bA\b/g, String(a))
        .replaceAll(/\bB\b/g, String(b))
        .replaceAll('K/', `${folder}/`);
      const main = join(folder, 'mosquitto.conf');
      const files = filesFrom({ [main]: text, [join(folder, 'conf.d/a.conf')]: '' });
      const said = effective(await readConfiguration(files, main, version), version);
      const run = await startBroker(command, folder, text);
      await run.stop();
      expect(said.firstError).toBe(run.firstError);
    });
  },
);

test.each(versions)('a file that is there is taken, whatever it is called: %s', async (version) => {
  const text = 'listener 1883\npassword_file /etc/mosquitto/pw # old\n';
  const loads = async (tree: Record<string, string>) => (await means(tree, version)).loads;
  expect(await loads({ 'mosquitto.conf': text, 'pw # old': '' })).toBe(true);
  expect(await loads({ 'mosquitto.conf': text, 'pw # new': '' })).toBe(false);
});

test.each(versions)(
  'so is one that is still to be made, in a folder that is there: %s',
  async (version) => {
    const text = 'listener 8883\ncertfile /etc/mosquitto/my #1/a/s.crt\nkeyfile /k/s.key\n';
    const loads = async (tree: Record<string, string>) => (await means(tree, version)).loads;
    expect(await loads({ 'mosquitto.conf': text, 'my #1/else': '' })).toBe(true);
    expect(await loads({ 'mosquitto.conf': text, 'my/else': '' })).toBe(false);
  },
);

test('of a plugin that is loaded by name the broker ends without a word', async () => {
  const said = await means('listener 1883\nplugin_load x /k/a.so # c\n', '2.1.2');
  expect(said).toMatchObject({ loads: false, firstErrorAt: { line: 2 } });
});
