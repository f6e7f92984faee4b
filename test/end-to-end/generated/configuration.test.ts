import { expect, test } from 'vitest';
import { count, generated } from './configuration.ts';

const texts = Array.from({ length: count }, (_, number) =>
  [...generated(number).one.files].map(([name, bytes]) => `# ${name}\n${bytes}`).join('\n'),
);

test('a configuration is the same each time for its number', () => {
  const again = generated(17).one.files;
  expect([...again].map(([name, bytes]) => `# ${name}\n${bytes}`).join('\n')).toBe(texts[17]);
});

// What brings two of a kind, or lines that change hands: each is there several times among all of them.
test.each<[string, RegExp[]]>([
  ['two password files', [/passwd$/m, /passwd-2$/m, /^per_listener_settings true/m]],
  ['two authorities', [/own\/ca\.crt/, /own\/second-authority\.crt/]],
  ['a revocation list', [/^require_certificate true\ncrlfile /m]],
  [
    'an access list of some listeners only',
    [/^per_listener_settings true/m, /^listener .*\n([^l].*\n)*acl_file /m],
  ],
  ['the default port at one address', [/^bind_address .*/m, /^listener 1883 (LAN|10\.1\.1\.1)$/m]],
  ['dynamic security', [/mosquitto_dynamic_security\.so$/m]],
  ['a password file by a plugin of 2.1', [/mosquitto_password_file\.so$/m]],
  ['an access list by a plugin of 2.1', [/mosquitto_acl_file\.so$/m]],
  ['a database by a plugin of 2.1', [/mosquitto_persist_sqlite\.so$/m]],
  ['websockets', [/^protocol websockets$/m]],
  ['a unix socket', [/^listener 0 \//m]],
  ['a bridge', [/^connection /m]],
  ['several addresses', [/^listener \d+ \S+\n([^l].*\n)*listener \d+ \S+$/m]],
  [
    'a folder in the middle of a listener',
    [/^listener .*\n([a-z]+ .*\n)*?include_dir .*conf\.d\n(?!listener)[a-z]/m],
  ],
])('%s', (_, parts) => {
  const those = texts.filter((text) => parts.every((part) => part.test(text)));
  expect(those.length).toBeGreaterThanOrEqual(4);
});
