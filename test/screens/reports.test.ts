import { expect, test } from 'vitest';
import { chainLines } from '../../screens/steps/certificates.ts';
import { glyphsFor } from '../../screens/text/glyphs.ts';
import { textOf } from '../../screens/text/lines.ts';
import { listenerLines } from '../../screens/views/listeners.ts';
import { effective } from '../../src/mosquitto/effective/effective.ts';
import type { Listener } from '../../src/mosquitto/effective/listener.ts';
import type { Holder } from '../../src/steps/certificates/certificates.ts';
import { read } from '../support/brokers/reading.ts';

const glyphs = glyphsFor({ LANG: 'C.UTF-8', TERM: 'xterm' });
const holder = (name: string, kind: 'broker' | 'client'): Holder => ({
  name,
  kind,
  names: kind === 'broker' ? ['rock-4se', '10.77.60.2'] : [],
  days: 825,
  facts: null,
  action: 'issue',
  reason: null,
});
const report = {
  authority: null,
  holders: [holder('rock-4se', 'broker'), holder('client01', 'client')],
};

test('the chain of trust is drawn beside the authority where there is room', () => {
  expect(chainLines(report, 'Highly Trusted CA', 58, glyphs).map(textOf)).toEqual([
    'Highly Trusted CA ─┬─ rock-4se  broker, 2 names, 825 days',
    '                   └─ client01  client, 825 days',
  ]);
});

test('and below it where there is not', () => {
  expect(chainLines(report, 'Highly Trusted CA', 50, glyphs).map(textOf)).toEqual([
    'Highly Trusted CA',
    ' ├─ rock-4se  broker, 2 names, 825 days',
    ' └─ client01  client, 825 days',
  ]);
});

test('a listener says who it lets in, and from where', () => {
  const listener: Listener = {
    port: 1883,
    addresses: ['0.0.0.0', '::'],
    protocol: 'mqtt',
    tls: false,
    requiresClientCertificate: false,
    minimumTls: null,
    anonymous: 'accepted',
    at: { file: 'mosquitto.conf', line: 1 },
    settings: { useIdentityAsUsername: false, useSubjectAsUsername: false },
  };
  const secured: Listener = {
    ...listener,
    port: 8883,
    addresses: ['127.0.0.1'],
    tls: true,
    requiresClientCertificate: true,
    minimumTls: '1.3',
  };
  const [, open, closed] = listenerLines([listener, secured]).map(textOf);
  expect(open).toMatch(/^1883 +mqtt, plain +anybody +everywhere$/);
  expect(closed).toMatch(/^8883 +mqtt, TLS 1.3 +certificate holders +the broker's machine$/);
  const [, long] = listenerLines([{ ...secured, protocol: 'websockets', tls: false }]).map(textOf);
  expect(long).toMatch(/^8883 {2}websockets, plain {2}certificate holders {2}the/);
});

test('whom a listener lets in, by what they have to show', async () => {
  const words = async (text: string) =>
    listenerLines(effective(await read(text, '2.0.21'), '2.0.21').listeners)
      .slice(1)
      .map((line) => textOf(line).split(/ {2,}/)[2]);
  const tls = 'certfile c\nkeyfile k\n';
  const asked = `${tls}cafile a\nrequire_certificate true\n`;
  for (const [text, expected] of [
    ['listener 1883\nallow_anonymous true\n', 'anybody'],
    ['listener 1883\nallow_anonymous false\n', 'nobody'],
    ['listener 1883\npassword_file p\n', 'who has a password'],
    ['listener 1883\nplugin /l/mosquitto_dynamic_security.so\n', 'who has a name at a plugin'],
    ['listener 1883\nallow_anonymous true\nuse_username_as_clientid true\n', 'any name'],
    [
      'listener 8884\npsk_hint x\npsk_file p\nuse_identity_as_username true\n',
      'who has a shared key',
    ],
    [`listener 8884\n${tls}allow_anonymous true\n`, 'anybody'],
    [`listener 8884\n${asked}password_file p\n`, 'certificate and password'],
    [`listener 8884\n${asked}use_identity_as_username true\n`, 'certificate holders'],
  ] as const)
    expect([text, ...(await words(text))]).toEqual([text, expected]);
});
