import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditReport, auditText } from '../../../src/commands/audit.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { differenceShown } from '../../../src/mosquitto/candidate/difference.ts';
import {
  withoutQuotedSecret,
  withoutSecret,
} from '../../../src/mosquitto/config/model/secret-lines.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { notStarted } from '../../../src/mosquitto/service/not-started.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { hardenByHand } from '../../../src/steps/harden/by-hand.ts';
import { fileChange } from '../../../src/steps/harden/changes.ts';
import { contradictionText } from '../../../src/steps/harden/notes.ts';
import { filesIn } from '../../support/advice/following.ts';
import { generated } from '../../support/brokers/generated.ts';
import { choices, hardened, layout } from '../../support/brokers/hardening.ts';
import { main, versions } from '../../support/brokers/reading.ts';

test.each([
  ['remote_password hunter2', 'remote_password (hidden)'],
  ['  remote_password  two words # both', '  remote_password  (hidden)'],
  ['remote_password=hunter2', 'remote_password=(hidden)'],
  ['remote_password\thunter2\r', 'remote_password\t(hidden)'],
  ['Remote_Pasword hunter2', 'Remote_Pasword (hidden)'],
  ['#remote_password hunter2', '#remote_password (hidden)'],
  ['# password hunter2', '# password (hidden)'],
  ['password hunter2', 'password (hidden)'],
  ['local_password hunter2', 'local_password (hidden)'],
  ['bridge_identity me', 'bridge_identity (hidden)'],
  ['bridge_psk 0123abcd', 'bridge_psk (hidden)'],
  ['tls_engine_kpass_sha1 0123abcd', 'tls_engine_kpass_sha1 (hidden)'],
  ['auth_opt_pg_password hunter2', 'auth_opt_pg_password (hidden)'],
  ['plugin_opt_redis_passwd hunter2', 'plugin_opt_redis_passwd (hidden)'],
  ['plugin_opt_jwt_secret hunter2', 'plugin_opt_jwt_secret (hidden)'],
  ['plugin_opt_api_key hunter2', 'plugin_opt_api_key (hidden)'],
  ['auth_opt_token hunter2', 'auth_opt_token (hidden)'],
  ['auth_opt_uri mongodb://me:hunter2@db/x', 'auth_opt_uri mongodb://(hidden)@db/x'],
  ['auth_opt_dsn me:hunter2@tcp(db)/x', 'auth_opt_dsn (hidden)@tcp(db)/x'],
  ['me:$7$101$abc$def==', 'me:(hidden)'],
  ['me:0123456789abcdef0123', 'me:(hidden)'],
])('%j is shown as %j', (line, shown) => {
  expect(withoutSecret(line)).toBe(shown);
  // It can be read again, and says the same.
  expect(withoutSecret(shown)).toBe(shown);
});

test.each([
  'password_file /etc/mosquitto/passwd',
  'psk_file /etc/mosquitto/psk',
  'psk_hint broker',
  'keyfile /etc/mosquitto/certs/server.key',
  'bridge_keyfile /etc/mosquitto/certs/bridge.key',
  'plugin_opt_password_file /x',
  'plugin_opt_config_file /x/dynamic-security.json',
  'auth_opt_pg_userquery select pass from users where name = $1',
  'use_identity_as_username true',
  'max_keepalive 60',
  'topic password/# both',
  '# Passwords are in a file of their own.',
  '# The password file is made by mosquitto_passwd.',
  'listener 1883 127.0.0.1',
  'user mosquitto',
  '',
])('%j is shown as it is', (line) => {
  expect(withoutSecret(line)).toBe(line);
});

test('advice to write a line with a secret says that its value stays', async () => {
  const text = 'connection b\naddress 192.0.2.1\ntopic # out\nremote_pasword hunter2\n';
  const [first] = await audit(filesIn(new Map([[main, text]])), main, '2.0.21');
  expect(first?.fix).toContain(
    'line 4 to "remote_password (hidden)" (with the value as it is for "(hidden)"), then restart',
  );
});

/** Long enough to be in nothing by accident. */
const secret = fc
  .stringMatching(/^[A-Za-z0-9#"'=$/+ -]{8,16}$/)
  .map((text) => `Zq9${text.replaceAll(' #', '  ')}Kx7`);
const options = [
  ...['remote_password', 'password', 'local_password', 'bridge_psk', 'bridge_identity'],
  ...['tls_engine_kpass_sha1', 'plugin_opt_db_password', 'auth_opt_jwt_secret', 'remote_pasword'],
  ...['auth_opt_api_key', 'plugin_opt_token', 'Remote_Password', 'plugin_opt_pw_pass'],
];
const separators = [' ', ' ', ' ', '  ', '=', ' = ', '\t', ': '];
/** Lines with a secret, right ones and wrong ones, and where they go. */
const secretLine = fc
  .tuple(
    ...[fc.constantFrom('', '', '', '#', '  '), fc.constantFrom(...options)],
    ...[fc.constantFrom(...separators), fc.constantFrom('', '', ' # remark', '"', '\t')],
    fc.nat(12),
    secret,
  )
  .map(([lead, option, separator, end, at, word]) => ({
    line: `${lead}${option}${separator}${word}${end}`,
    at: at as number,
    word: word as string,
  }));
const bridge = 'connection b\naddress 192.0.2.1\ntopic # out\n';

/** A made-up configuration with secrets in it. */
const withSecrets = fc
  .tuple(generated, fc.array(secretLine, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tree, secrets, isBridge]) => {
    const all = new Map(tree);
    const lines = `${isBridge ? bridge : ''}${all.get(main) ?? ''}`.split('\n');
    for (const { line, at } of secrets) lines.splice(at, 0, line);
    all.set(main, lines.join('\n'));
    return { tree: all, secrets };
  });

/** None of them, nor what a shortened line leaves of one. */
function expectNone(text: string, secrets: readonly { word: string }[]): void {
  for (const { word } of secrets)
    for (const part of [word.slice(0, 8), word.slice(-8)]) expect(text).not.toContain(part);
}

test('whatever a configuration says, no audit of it says a secret', { timeout: 120_000 }, () =>
  fc.assert(
    fc.asyncProperty(withSecrets, fc.constantFrom(...versions), async (made, version) => {
      const files = filesIn(made.tree);
      const means = effective(await readConfiguration(files, main, version), version);
      const report = auditReport(means, await audit(files, main, version));
      expectNone(JSON.stringify(report) + auditText(report).join('\n'), made.secrets);
    }),
    { numRuns: 200 },
  ),
);

test('a difference shows no secret, before, behind or in what is another, and every line that is', () =>
  fc.assert(
    fc.property(withSecrets, fc.nat(20), fc.option(secret), ({ tree, secrets }, at, other) => {
      const before = tree.get(main) ?? '';
      const lines = before.split('\n');
      const place = at % Math.max(1, lines.length - 1);
      const old = lines[place] ?? '';
      const [found] = secrets.filter(({ word }) => old.includes(word));
      // The secret itself, or the line.
      const now = found && other !== null ? old.replace(found.word, () => other) : 'nonsense';
      lines[place] = now;
      const patch = differenceShown('/a', before, lines.join('\n'), ['now', 'then']);
      expectNone(patch, [...secrets, ...(other === null ? [] : [{ word: other }])]);
      if (old === now) return;
      const body = patch.split('\n').slice(4);
      expect(body).toContain(`-${withoutSecret(old)}`);
      expect(body).toContain(`+${withoutSecret(now)}`);
    }),
  ));

test(
  'nor does what Harden would change, nor what one would type for it',
  { timeout: 120_000 },
  () =>
    fc.assert(
      fc.asyncProperty(
        withSecrets,
        fc.constantFrom(...versions),
        fc.constantFrom(...choices),
        async ({ tree, secrets }, version, choice) => {
          const made = await hardened(filesIn(tree), version, choice, 'close');
          if (made === null || made.present.error !== null) return;
          const { contradictions, shortfalls, files } = made.candidate;
          const broker = {
            host: { name: 'b', kind: 'ssh' },
            layout,
            service: { kind: 'process', unit: null },
          };
          const setup = { broker, answers: defaultAnswers('b'), rewrite: { files }, release: 'r' };
          const changes = files.map((file) =>
            fileChange(setup as unknown as Setup, { ...file, mode: 0o644 }),
          );
          const typed = hardenByHand(setup as unknown as Setup);
          const shown = [...contradictions.map(contradictionText), ...shortfalls, changes, typed];
          // In base64 it is no better hidden.
          const plain = typed
            .join('\n')
            .replace(/^[A-Za-z0-9+/=]{20,76}$/gm, (line) =>
              Buffer.from(line, 'base64').toString('latin1'),
            );
          expectNone(JSON.stringify(shown) + plain, secrets);
        },
      ),
      { numRuns: 100 },
    ),
);

test('a broker’s own words are shown without one', () => {
  const said = (words: string) => notStarted('there', words).detail;
  expect(said('1795999297: Error: Unknown configuration variable "remote_password=hunter2".')).toBe(
    'Error: Unknown configuration variable "remote_password=(hidden)".',
  );
  expect(said("Error: Unknown configuration variable 'password\thunter2'.")).toBe(
    "Error: Unknown configuration variable 'password (hidden)'.",
  );
  const cut = `Error: Unknown configuration variable "password=${'hunter2'.repeat(90)}".`;
  expect(said(cut)).not.toContain('hunter2');
  expect(withoutQuotedSecret('error: mongodb://me:hunter2@db refused')).not.toContain('hunter2');
  const plain = 'Error: Unknown configuration variable "max_conections".';
  expect(withoutQuotedSecret(plain)).toBe(plain);
});
