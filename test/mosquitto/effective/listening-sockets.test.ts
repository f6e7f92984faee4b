import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { listeningSockets } from '../../../src/mosquitto/effective/listening-sockets.ts';
import { answersOf, corpusIsHere, filesOf, sets } from '../../support/brokers/corpus.ts';
import { main, read } from '../../support/brokers/reading.ts';

const versions = ['2.0.11', '2.0.21', '2.1.2'] as const;

/** Who gets in at each port: `1883 anonymous password`. */
async function who(text: string, version = '2.0.21'): Promise<string[]> {
  const doors = listeningSockets(await read(text, version), version);
  const lines = doors.map(({ port, lets }) =>
    [port, ...Object.entries(lets).flatMap(([kind, lets]) => (lets ? [kind] : []))].join(' '),
  );
  return [...new Set(lines)];
}

const tls = 'cafile /c/ca\ncertfile /c/crt\nkeyfile /c/key\n';

test.each(versions)('each kind of client at each kind of listener, on %s', async (version) => {
  const passwords = 'password_file /c/passwd\n';
  const expected: [string, string[]][] = [
    ['listener 1883\n', ['1883']],
    // Any name will do where nothing knows names.
    ['listener 1883\nallow_anonymous true\n', ['1883 anonymous password']],
    [`${passwords}listener 1883\n`, ['1883 password']],
    [`${passwords}listener 8884\n${tls}`, ['8884 password']],
    [
      `listener 8883\n${tls}require_certificate true\nuse_identity_as_username true\n`,
      ['8883 certificate'],
    ],
    [
      `allow_anonymous true\nlistener 8883\n${tls}require_certificate true\n`,
      ['8883 password certificate'],
    ],
    // A certificate alone is too little, and so is a password.
    [`${passwords}listener 8883\n${tls}require_certificate true\n`, ['8883 password']],
    [`listener 8883\n${tls}use_identity_as_username true\n`, ['8883']],
    ['plugin /usr/lib/mosquitto_dynamic_security.so\nlistener 1883\n', ['1883 plugin']],
    [
      'plugin /usr/lib/mosquitto_dynamic_security.so\nlistener 1883\nallow_anonymous true\n',
      ['1883 anonymous plugin'],
    ],
    // Of a plugin that is not known nobody says that it takes any name.
    ['plugin /c/p.so\nlistener 1883\nallow_anonymous true\n', ['1883 anonymous plugin']],
  ];
  for (const [text, lines] of expected)
    expect([text, await who(text, version)]).toEqual([text, lines]);
});

test('what belongs to one listener counts there only', async () => {
  const text =
    'per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\npassword_file /c/passwd\n';
  expect(await who(text)).toEqual(['1883 anonymous password', '1884 password']);
});

describe.skipIf(!corpusIsHere)('as the real brokers did (corpus beside the repository)', () => {
  test.each(sets)('%s: %s', async (set, truth) => {
    const wrong: unknown[] = [];
    let told = 0;
    for (const answer of answersOf(truth).filter(({ loads }) => loads)) {
      const version = answer.broker_version;
      const doors = listeningSockets(
        await readConfiguration(filesOf(set, answer), main, version),
        version,
      );
      for (const listener of answer.listeners)
        for (const address of listener.addresses) {
          const door = doors.find((one) => one.port === listener.port && one.address === address);
          // An identity of a pre-shared key was not shown.
          if (!door || listener.psk) continue;
          const required = listener.requires_client_cert;
          const { anonymous, password, certificate, plugin } = door.lets;
          const ours = [
            (required ? certificate : anonymous) ? 'accepted' : 'refused',
            password || plugin || (required && certificate) ? 'accepted' : 'refused',
          ];
          const theirs = [listener.anonymous, listener.login ?? ours[1]];
          // What an unknown plugin lets in is not known: it may be nobody.
          if (plugin && theirs[1] === 'refused') theirs[1] = 'accepted';
          told += 1;
          if (ours.join() !== theirs.join())
            wrong.push({ case: answer.case, version, address, ours, theirs });
        }
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(10);
  });
});
