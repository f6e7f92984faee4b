import { expect, test } from 'vitest';
import { restartLoss } from '../../../src/mosquitto/effective/restart-loss.ts';
import { read } from '../../support/brokers/reading.ts';

const lossOf = async (text: string, version = '2.1.2') => restartLoss(await read(text, version));
const loses = expect.stringContaining('the restart loses all retained messages');

test.each([
  ['nothing is said of it', ''],
  ['persistence is off', 'persistence false\n'],
  [
    'an option of another plugin is called so',
    'plugin /usr/lib/mosquitto_dynamic_security.so\nplugin_opt_config_file /data/persist/dynsec.json\n',
  ],
  [
    'another plugin keeps its users in a database',
    'plugin /usr/lib/go-auth.so\nplugin_opt_sqlite_source /data/users.sqlite\n',
  ],
  ['it is the folder of another plugin', 'plugin /opt/persist-sqlite/my_auth.so\n'],
])('the messages are lost at a restart where %s', async (_, text) => {
  expect(await lossOf(`${text}listener 1883\n`)).toEqual(loses);
});

test.each([
  ['persistence is on', 'persistence true\n'],
  ['a plugin keeps them', 'plugin /usr/lib/mosquitto_persist_sqlite.so\n'],
  ['a plugin of all listeners keeps them', 'global_plugin /usr/lib/mosquitto_persist_sqlite.so\n'],
  ['a plugin is loaded by name', 'plugin_load keep /usr/lib/mosquitto_persist_sqlite.so\n'],
])('nothing is lost where %s', async (_, text) => {
  expect(await lossOf(`${text}listener 1883\n`)).toBeNull();
});
