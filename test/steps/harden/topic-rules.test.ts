import { expect, test } from 'vitest';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { alsoDecides, freeOfRules } from '../../../src/steps/access/topic-rules.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { type Choice, etc, hardened } from '../../support/brokers/hardening.ts';
import { main } from '../../support/brokers/reading.ts';

/** What is said of the rules for topics, of the plain port and of the one for certificates. */
async function said(text: string, version: string, choice: Choice = 'refuse') {
  const files = filesFrom({
    [main]: `${text}\ninclude_dir ${etc}/conf.d\n`,
    [`${etc}/conf.d/R`]: '',
  });
  const one = await hardened(files, version, choice, 'close');
  if (!one) throw new Error('it was asked which port is meant');
  const { goal, present, candidate } = one;
  expect(candidate.shortfalls).toEqual([]);
  const setup = { answers: defaultAnswers(), broker: { version } } as unknown as Setup;
  const before = { configuration: present, effective: effective(present, version) };
  return {
    free: freeOfRules(setup, goal, before, candidate).join(' '),
    also: alsoDecides(setup, candidate, ['client01']).join(' '),
  };
}

const lib = '/usr/lib/mosquitto';
const everything = 'who has a certificate may read and write every topic there.';

test('plugins of the plain port alone are not said to decide at the port for certificates', async () => {
  const { free, also } = await said(
    `plugin_load pf ${lib}/mosquitto_password_file.so
plugin_opt_password_file /etc/mosquitto/pw
plugin_load af ${lib}/mosquitto_acl_file.so
plugin_opt_acl_file /etc/mosquitto/acl
allow_anonymous false
listener 1883
plugin_use pf
plugin_use af`,
    '2.1.2',
  );
  expect(also).toBe('');
  expect(free).toBe(
    `The plugin ${lib}/mosquitto_acl_file.so of port 1883 does not hold at port 8883: ${everything}`,
  );
});

test.each(['open', 'refuse'] as const)(
  'dynamic security of one listener does not hold at another (%s)',
  async (choice) => {
    const { free, also } = await said(
      `per_listener_settings true
listener 1883
allow_anonymous false
plugin ${lib}/mosquitto_dynamic_security.so
listener 1884 127.0.0.1
allow_anonymous true`,
      '2.0.21',
      choice,
    );
    expect(also).toBe('');
    expect(free).toContain('mosquitto_dynamic_security.so of port 1883 does not hold at port 8883');
    expect(free).toContain(everything);
  },
);

test('the access list of any listener of the plain port is named', async () => {
  const { free } = await said(
    `per_listener_settings true
listener 1883 127.0.0.1
allow_anonymous true
listener 1883 10.0.0.2
allow_anonymous false
password_file /etc/mosquitto/pw
acl_file /etc/mosquitto/acl`,
    '2.0.21',
    'open',
  );
  expect(free).toBe(
    `The access list /etc/mosquitto/acl of port 1883 does not hold at port 8883: ${everything}`,
  );
});

test.each(['2.0.21', '2.1.2'])('what counts for all ports decides at both, %s', async (version) => {
  const { free, also } = await said(
    `acl_file /etc/mosquitto/acl
plugin ${lib}/mosquitto_dynamic_security.so
plugin /opt/mine.so
allow_anonymous false
listener 1883`,
    version,
  );
  expect(free).toBe('');
  expect(also).toContain('The access list /etc/mosquitto/acl counts for certificates, too');
  expect(also).toContain(
    'mosquitto_dynamic_security.so (/etc/mosquitto/mosquitto.conf, line 2) decides, too. It has to',
  );
  expect(also).toContain(
    'The plugin /opt/mine.so (/etc/mosquitto/mosquitto.conf, line 3) decides, too.',
  );
});
