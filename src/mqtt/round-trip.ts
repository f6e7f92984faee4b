import { randomBytes } from 'node:crypto';
import { Trouble } from '../errors/trouble.ts';
import { clean } from '../text/clean.ts';
import { reasonOfConnack } from './cause.ts';
import { type Connection, connect } from './connection.ts';
import { type Observation, observationOf } from './probe.ts';
import { Refusal } from './refusal.ts';
import { type Target, targetName } from './target.ts';

export interface RoundTripOptions {
  /** `test/test` unless told. */
  topic?: string;
  /** A random one unless told: then nobody else can have sent it. */
  payload?: string;
  /** For the message, from the moment of connection. 5 unless told. */
  timeoutSeconds?: number;
}

/** An observation whose `accepted` means: the message arrived. */
export interface RoundTrip extends Observation {
  topic: string;
  payload: string;
  /** From publishing to arrival; null when it did not arrive. */
  milliseconds: number | null;
}

/**
 * Subscribes, publishes a message and sees it arrive. A granted subscription proves nothing:
 * mosquitto grants topics that its access list then keeps silent. Connected, but the message does
 * not come: refused, `message-lost`. Rejects only with a Trouble: unusable topic or own certificate.
 */
export async function roundTrip(
  target: Target,
  options: RoundTripOptions = {},
  cancel?: AbortSignal,
): Promise<RoundTrip> {
  const topic = options.topic ?? 'test/test';
  const payload = options.payload ?? `lockstep ${randomBytes(12).toString('hex')}`;
  if (topic === '' || /[+#\0]/.test(topic) || Buffer.byteLength(topic) > 65_535)
    throw new Trouble('No message can be published to this topic.', {
      likely: 'It is empty, too long, or contains + or #, which only a subscription may.',
      next: 'Choose a topic such as test/test.',
    });
  let connection: Connection | null = null;
  try {
    connection = await connect(target, cancel);
    const limit = AbortSignal.timeout((options.timeoutSeconds ?? 5) * 1000);
    const signal = cancel ? AbortSignal.any([limit, cancel]) : limit;
    const milliseconds = await exchange(connection, topic, payload, signal);
    return {
      observed: 'accepted',
      cause: null,
      words: `The message came back from ${targetName(target)} by way of ${clean(topic, 80)}.`,
      connack: 0,
      ...(connection.tls ? { tls: connection.tls } : {}),
      topic,
      payload,
      milliseconds,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const seen = observationOf(error);
    if (connection) Object.assign(seen, { connack: 0 }, connection.tls && { tls: connection.tls });
    return { ...seen, topic, payload, milliseconds: null };
  } finally {
    connection?.end();
  }
}

function exchange(
  { client, qos, refused }: Connection,
  topic: string,
  payload: string,
  signal: AbortSignal,
): Promise<number> {
  const expected = Buffer.from(payload);
  return new Promise((resolve, reject) => {
    let sent: number | null = null;
    let taken = false;
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      client.removeListener('message', onMessage);
      client.removeListener('close', onClose);
      act();
    };
    const refuse = (refusal: Refusal) => settle(() => reject(refusal));
    const onAbort = () =>
      refuse(
        signal.reason?.name === 'TimeoutError'
          ? new Refusal({
              cause: 'message-lost',
              words: taken
                ? `The broker took the message, but did not hand it back: this client may write to ${clean(topic, 80)}, not read it.`
                : 'The broker accepted the connection, but the message did not arrive: an access list, most likely.',
            })
          : new Refusal({ cause: 'cancelled', words: 'It was cancelled.' }),
      );
    const onClose = () =>
      refuse(
        new Refusal(
          refused() ?? {
            cause: 'connection-lost',
            words: 'The broker closed the connection again.',
          },
        ),
      );
    const onMessage = (from: string, bytes: Buffer, packet: { retain: boolean }) => {
      // A retained message is from before, whoever sent it. Of a listener with a mount_point 2.0.11 leaves
      // that before the topic.
      if (sent === null || !from.endsWith(topic) || packet.retain || !bytes.equals(expected))
        return;
      const took = performance.now() - sent;
      settle(() => resolve(took));
    };
    client.on('message', onMessage);
    client.on('close', onClose);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    client.subscribe(topic, { qos }, (error, granted) => {
      // While the connection ends, whoever noticed that has the better words.
      if (error && !client.connected) return;
      if (error || granted?.some(({ qos }) => qos >= 128))
        return refuse(
          new Refusal({
            cause: 'subscription-refused',
            words: 'The broker accepted the connection, but not the subscription.',
          }),
        );
      sent = performance.now();
      client.publish(topic, payload, { qos }, (failed) => {
        // Only MQTT 5 brokers say so, and only of QoS 1; others drop the message in silence.
        const code = (failed as { code?: unknown } | undefined)?.code;
        if (!failed) taken = qos > 0;
        else if (code === 135)
          refuse(
            new Refusal({
              cause: 'not-authorised',
              words: `The broker accepted the connection, but does not let this client write to ${clean(topic, 80)}.`,
            }),
          );
        else if (typeof code === 'number') refuse(new Refusal(reasonOfConnack(code)));
      });
    });
  });
}
