import { expect, test } from 'vitest';
import { knownPlugin } from '../../../src/mosquitto/config/model/known-plugins.ts';

test('a plugin is known by the name of its file, wherever that is', () => {
  for (const folder of ['', '/usr/lib/x86_64-linux-gnu/', '/usr/lib/x86_64-linux-gnu/mosquitto/']) {
    expect(knownPlugin(`${folder}mosquitto_dynamic_security.so`)).toMatchObject({
      state: 'writes',
      takesPasswords: true,
      decidesTopics: true,
      fileOptions: ['config_file', 'password_init_file'],
    });
    expect(knownPlugin(`${folder}mosquitto_persist_sqlite.so`)).toMatchObject({
      state: 'writes',
      takesPasswords: false,
    });
  }
  expect(knownPlugin('/opt/go-auth.so')).toMatchObject({ state: 'outside', takesPasswords: true });
});

test('nothing is known of any other file', () => {
  for (const path of ['/opt/mine.so', '', '/', 'constructor', '/x/toString', '/x/go-auth.so.bak'])
    expect(knownPlugin(path)).toBeNull();
});
