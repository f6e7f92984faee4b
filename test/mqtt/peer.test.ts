import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { namesOf } from '../../src/mqtt/peer.ts';

/** A certificate by OpenSSL, as people make them; `more` are further words of the command. */
const made = (subject: string, ...more: string[]): X509Certificate =>
  new X509Certificate(
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
        ...['-keyout', '/dev/null', '-subj', subject, ...more],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  );

test('a certificate is for its alternative names; without any, for its common name', () => {
  const named = made('/CN=old.lan', '-addext', 'subjectAltName=DNS:a.lan,IP:10.0.0.7');
  expect(namesOf(named)).toEqual(['a.lan', '10.0.0.7']);
  expect(namesOf(made('/O=Pumps/CN=old.lan'))).toEqual(['old.lan']);
  expect(namesOf(made('/O=Pumps'))).toEqual([]);
  // Of several none is more its name than another.
  expect(namesOf(made('/CN=a.lan/CN=b.lan'))).toEqual([]);
  expect(namesOf(made('/CN=a\u001b[31m.lan'))[0]).not.toContain('\u001b');
});
