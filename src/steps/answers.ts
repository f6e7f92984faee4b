import * as z from 'zod';
import { unitName } from '../mosquitto/unit.ts';
import { subjectAltNameProblem, usableNames } from '../pki/san.ts';

/** How the broker is reached: `practice`, `local`, or `[user@]host[:port]` over SSH. */
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
  country: z.string().default(''),
  state: z.string().default(''),
  locality: z.string().default(''),
  organization: z.string().default(''),
  unit: z.string().default(''),
  commonName: z.string().default('Highly Trusted CA'),
  email: z.string().default(''),
});

const client = z.strictObject({
  name,
  /** `here`, or `[user@]host[:port]`: the client's machine, over SSH. */
  host: z.string().min(1).max(300).default('here'),
  /** Its folder; left out: the client's name under the folder for clients. */
  folder: z.string().min(1).optional(),
});

/**
 * Everything the screens ask, and nothing secret. This is the answers file: what is left out has
 * the default that Enter gives on the screen. Names of the broker are those that it is reached by,
 * unless they are given here.
 */
export const answersSchema = z.strictObject({
  broker: broker.default('practice'),
  identity: z.string().min(1).optional(),
  /** Which service is meant, where several brokers run on that machine. */
  unit: z
    .string()
    .regex(unitName, 'a service is named with ".service" at its end, as "systemctl" shows it')
    .optional(),
  names: brokerNames.optional(),
  /** Whether names that only the broker's machine says it has, are signed as well: those that it has now. */
  namesFromHost: z.boolean().default(false),
  ports: z
    .strictObject({ plain: port.default(1883), tls: port.default(8883) })
    .default({ plain: 1883, tls: 8883 }),
  authority: z
    .strictObject({
      folder: z.string().min(1).optional(),
      subject: subject.default(subject.parse({})),
      key: keyType.default('ecdsa-p256'),
      days: days.default(3650),
      passphrase: z.enum(['none', 'ask']).default('none'),
    })
    .prefault({}),
  certificates: z
    .strictObject({ key: keyType.default('ecdsa-p256'), days: days.default(825) })
    .prefault({}),
  clients: z
    .array(client)
    .min(1)
    .max(10_000)
    .default([{ name: 'client01', host: 'here' }]),
  /** Where the tests send their message; empty: `test/test`, or one that the access list allows. */
  topic: z
    .string()
    .max(200)
    .regex(topicAnswer, 'a topic to publish to has no + and no #')
    .default(''),
  minimumTls: z.enum(['1.2', '1.3']).default('1.3'),
  /** How long until the broker's machine puts an unproved change back by itself. */
  undoAfterSeconds: z.int().min(10).max(3600).default(120),
  /** What becomes of the plain port; see the Harden step. */
  plainListener: z.enum(['refuse', 'loopback', 'remove', 'open']).default('refuse'),
  /**
   * What becomes of a listener of somebody else's on the port for certificates: nothing is done before it
   * is said (`ask`); its authority is kept beside ours; it is closed. Another port is `ports.tls`.
   */
  otherTls: z.enum(['ask', 'keep', 'close']).default('ask'),
  /** Days without anybody at the plain port before one that was left open may be closed. */
  quietDays: z.int().min(0).max(365).default(7),
  /** Whether a trial beside the broker loads plugins of which it is not known what they keep. */
  tryPlugins: z.boolean().default(false),
  /** Client ids, or addresses, that may be locked out when it is closed. */
  acknowledged: z.array(z.string().min(1).max(300)).max(1000).default([]),
});

export type Answers = z.infer<typeof answersSchema>;
export type KeyType = z.infer<typeof keyType>;

export { defaultAnswers } from './default-answers.ts';
