import fc from 'fast-check';
import { normalName, subjectAltNameProblem } from '../../../src/pki/x509/san.ts';
import type { Answers } from '../../../src/steps/answers/answers.ts';

const text = (minLength: number, maxLength = 30) =>
  fc.string({ minLength, maxLength, unit: 'binary' });
const usable = (name: string) => subjectAltNameProblem(name) === null;
const days = fc.integer({ min: 1, max: 36500 });
const port = fc.integer({ min: 1, max: 65535 });
const key = fc.constantFrom('ecdsa-p256', 'rsa-2048', 'rsa-3072', 'rsa-4096');
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

/** Leaves out what is undefined, as JSON does. */
const compact = <T extends object>(of: fc.Arbitrary<T>) =>
  of.map(
    (value) => Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T,
  );

/** Any answers a user could give. */
export const anyAnswers: fc.Arbitrary<Answers> = compact(
  fc.record({
    broker: text(1, 300),
    identity: optional(text(1)),
    names: optional(
      fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()).filter(usable).map(normalName), {
        minLength: 1,
        maxLength: 10,
      }),
    ),
    namesFromHost: fc.boolean(),
    ports: fc.record({ plain: port, tls: port }),
    authority: compact(
      fc.record({
        folder: optional(text(1)),
        subject: fc.record({
          country: text(0),
          state: text(0),
          locality: text(0),
          organization: text(0),
          unit: text(0),
          commonName: text(0),
          email: text(0),
        }),
        key,
        days,
        passphrase: fc.constantFrom('none', 'ask'),
      }),
    ),
    certificates: fc.record({ key, days }),
    clients: fc.array(
      compact(fc.record({ name: text(1, 255), host: text(1, 300), folder: optional(text(1)) })),
      { minLength: 1, maxLength: 10 },
    ),
    undoAfterSeconds: fc.integer({ min: 10, max: 3600 }),
    topic: fc.stringMatching(/^[a-z/]{0,20}$/),
    minimumTls: fc.constantFrom('1.2', '1.3'),
    plainListener: fc.constantFrom('refuse', 'loopback', 'remove', 'open'),
    quietDays: fc.integer({ min: 0, max: 365 }),
    otherTls: fc.constantFrom('ask', 'keep', 'close'),
    tryPlugins: fc.boolean(),
    acknowledged: fc.array(text(1, 300), { maxLength: 10 }),
  }),
) as fc.Arbitrary<Answers>;
