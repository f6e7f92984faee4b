import { expect, test } from 'vitest';
import { usersOf } from '../../corpus/users.ts';
import { known } from './callers.ts';

const callers = (...lines: string[]) => known([Buffer.from(lines.join('\n'))], '/good');
const ids = (...lines: string[]) => callers(...lines).map(({ id }) => id);
const usual = ['password', 'password-alone', 'made-up', 'certificate'];

test('one password file costs no more callers than none', () => {
  expect(ids('listener 1883')).toEqual(usual);
  expect(ids('password_file /p', 'listener 1883', 'password_file /p')).toEqual(usual);
});

test('each of several password files has a user, wherever it is named', () => {
  const lines = ['password_file /p', 'plugin_opt_password_file q'];
  expect(ids(...lines)).toEqual([
    'password',
    'password-alone',
    'user-1',
    'user-2',
    'made-up',
    'certificate',
  ]);
  expect(usersOf([Buffer.from(lines.join('\n'))])).toEqual([
    { user: 'user-1', path: '/p' },
    { user: 'user-2', path: '/q' },
  ]);
});

test('a certificate is revoked, or another authority’s, where there is such a thing', () => {
  expect(ids('crlfile /list')).toEqual([...usual, 'revoked']);
  expect(ids('cafile /own/second-authority.crt')).toEqual([...usual, 'second-certificate']);
});

test('who shows no certificate has the name that is known there', () => {
  const alone = (...lines: string[]) => callers(...lines).find(({ id }) => id === 'password-alone');
  const dynamic = 'plugin /lib/mosquitto_dynamic_security.so';
  expect(alone(dynamic)).toMatchObject({ username: 'dynamic', onlyByTls: true });
  expect(alone(dynamic, 'password_file /p')).toMatchObject({ username: 'login' });
  expect(alone('password_file /p')).not.toHaveProperty('certificate');
});
