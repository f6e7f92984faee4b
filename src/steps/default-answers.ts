import type { Answers } from './answers.ts';

/**
 * The answers that Enter on every screen gives. Written out, though the schema says the same: the
 * first screen needs them, and must not wait for the schema (a test holds the two against each other).
 */
export function defaultAnswers(broker = 'practice'): Answers {
  return {
    broker,
    namesFromHost: false,
    ports: { plain: 1883, tls: 8883 },
    authority: {
      subject: {
        country: '',
        state: '',
        locality: '',
        organization: '',
        unit: '',
        commonName: 'Highly Trusted CA',
        email: '',
      },
      key: 'ecdsa-p256',
      days: 3650,
      passphrase: 'none',
    },
    certificates: { key: 'ecdsa-p256', days: 825 },
    clients: [{ name: 'client01', host: 'here' }],
    topic: '',
    minimumTls: '1.3',
    undoAfterSeconds: 120,
    plainListener: 'refuse',
    otherTls: 'ask',
    quietDays: 7,
    tryPlugins: false,
    acknowledged: [],
  };
}
