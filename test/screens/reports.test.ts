import { expect, test } from 'vitest';
import { glyphsFor } from '../../screens/glyphs.ts';
import { textOf } from '../../screens/lines.ts';
import { chainLines } from '../../screens/reports/certificates.ts';
import { listenerLines } from '../../screens/reports/listeners.ts';
import type { Listener } from '../../src/mosquitto/effective.ts';
import type { Holder } from '../../src/steps/certificates.ts';

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
});
