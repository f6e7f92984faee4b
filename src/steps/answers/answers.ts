import * as z from 'zod';
import { unitName } from '../../mosquitto/service/unit.ts';
import { subjectAltNameProblem, usableNames } from '../../pki/x509/san.ts';
import { defaults } from './defaults.ts';

const given = defaults.authority.subject;

const broker = z.string().min(1).max(300);

const keyType = z.enum(['ecdsa-p256', 'rsa-2048', 'rsa-3072', 'rsa-4096']);
const name = z.string().min(1).max(255);
/** Names of the broker, each once and in normal form; what could not be proved is refused here. */
const brokerNames = z
  .array(name)
  .min(1)
  .max(100)
  .superRefine((texts, context) => {
    for (const [index, text] of texts.entries()) {
      const message = subjectAltNameProblem(text);
      if (message !== null) context.addIssue({ code: 'custom', path: [index], message });
    }
  })
  .transform(usableNames);

const days = z.int().min(1).max(36500);
const port = z.int().min(1).max(65535);

/** What names a topic to publish to (MQTT 5, 4.7.1). */
export const topicAnswer = /^[^+#\0]*$/;

const subject = z.strictObject({
  country: z.string().default(given.country).describe('Two letters: `GB`.'),
  state: z.string().default(given.state).describe('State or province.'),
  locality: z.string().default(given.locality).describe('City or place.'),
  organization: z.string().default(given.organization),
  unit: z.string().default(given.unit).describe('A part of the organization.'),
  commonName: z
    .string()
    .default(given.commonName)
    .describe('What the authority is called. It must differ from the name of every client.'),
  email: z.string().default(given.email),
});

const client = z.strictObject({
  name: name.describe('The name in its certificate, by which the broker knows it.'),
  host: z
    .string()
    .min(1)
    .max(300)
    .default(defaults.clients[0].host)
    .describe('Where its files go: `here`, or `[user@]host[:port]`, over SSH.'),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Its folder there; without it, one of its name in the folder for clients.'),
});

/**
 * Everything the screens ask, and nothing secret. This is the answers file: what is left out has
 * the default that Enter gives on the screen. Names of the broker are those that it is reached by,
 * unless they are given here. The descriptions are those of `docs/answers.md`.
 */
export const answersSchema = z.strictObject({
  broker: broker
    .default(defaults.broker)
    .describe('How it is reached: `practice`, `local`, or `[user@]host[:port]` over SSH.'),
  identity: z
    .string()
    .min(1)
    .optional()
    .describe('The file of the private key for SSH, beside those that `ssh` would offer.'),
  unit: z
    .string()
    .regex(unitName, 'a service is named with ".service" at its end, as "systemctl" shows it')
    .optional()
    .describe('Which service is meant, where several brokers run on that machine.'),
  names: brokerNames
    .optional()
    .describe(
      'Names and addresses of the broker, for its certificate. Without them, or with --broker for another one: those it was reached by.',
    ),
  namesFromHost: z
    .boolean()
    .default(defaults.namesFromHost)
    .describe("Whether names that only the broker's own machine says it has are signed as well."),
  ports: z
    .strictObject({
      plain: port.default(defaults.ports.plain).describe('The port without encryption.'),
      tls: port.default(defaults.ports.tls).describe('The port for certificates.'),
    })
    .default({ ...defaults.ports }),
  authority: z
    .strictObject({
      folder: z.string().min(1).optional().describe('Where its key is kept, on this machine.'),
      subject: subject.default(subject.parse({})),
      key: keyType.default(defaults.authority.key),
      days: days.default(defaults.authority.days).describe('How long it is valid.'),
      passphrase: z
        .enum(['none', 'ask'])
        .default(defaults.authority.passphrase)
        .describe('`ask`: the key is locked, and its passphrase asked for whenever it signs.'),
    })
    .prefault({}),
  certificates: z
    .strictObject({
      key: keyType.default(defaults.certificates.key),
      days: days.default(defaults.certificates.days).describe('How long they are valid.'),
    })
    .prefault({}),
  clients: z
    .array(client)
    .min(1)
    .max(10_000)
    .default(defaults.clients.map((one) => ({ ...one })))
    .describe('Who gets a certificate.'),
  topic: z
    .string()
    .max(200)
    .regex(topicAnswer, 'a topic to publish to has no + and no #')
    .default(defaults.topic)
    .describe(
      'Where the tests send their message; empty: `test/test`, or one that the access list allows.',
    ),
  minimumTls: z
    .enum(['1.2', '1.3'])
    .default(defaults.minimumTls)
    .describe('The oldest version of TLS that is accepted. Many small boards know no 1.3.'),
  undoAfterSeconds: z
    .int()
    .min(10)
    .max(3600)
    .default(defaults.undoAfterSeconds)
    .describe("How long until the broker's machine puts an unproved change back by itself."),
  plainListener: z
    .enum(['refuse', 'loopback', 'remove', 'open'])
    .default(defaults.plainListener)
    .describe(
      'What becomes of the port without encryption: it refuses everybody, listens on its own machine only, goes, or stays open for now.',
    ),
  otherTls: z
    .enum(['ask', 'keep', 'close'])
    .default(defaults.otherTls)
    .describe(
      "Somebody else's listener on the port for certificates: nothing is done before it is said, its authority is kept beside ours, or it is closed. Another port is `ports.tls`.",
    ),
  quietDays: z
    .int()
    .min(0)
    .max(365)
    .default(defaults.quietDays)
    .describe(
      'Days without anybody at the plain port before one that was left open may be closed.',
    ),
  tryPlugins: z
    .boolean()
    .default(defaults.tryPlugins)
    .describe(
      'Whether a trial beside the broker loads plugins of which it is not known what they keep.',
    ),
  acknowledged: z
    .array(z.string().min(1).max(300))
    .max(1000)
    .default([...defaults.acknowledged])
    .describe('Client ids, or addresses, that may be locked out when it is closed.'),
});

export type Answers = z.infer<typeof answersSchema>;
export type KeyType = z.infer<typeof keyType>;
