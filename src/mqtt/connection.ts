import type { Duplex } from 'node:stream';
import type { MqttClient } from 'mqtt';
import { type Reason, reasonOfConnack } from './cause.ts';
import { ownClientId } from './client-id.ts';
import {
  alertNumber,
  Refusal,
  refusalOfAbort,
  refusalOfClose,
  refusalOfStream,
} from './refusal.ts';
import type { Target, TlsFacts } from './target.ts';
import { openTransport } from './transport.ts';
import { websocket } from './websocket.ts';

/** An MQTT connection that the broker has accepted with CONNACK 0. It never reconnects by itself. */
export interface Connection {
  client: MqttClient;
  tls: TlsFacts | null;
  /** The quality of service at which a message is surely taken (`max_qos`), where it is let through. */
  qos: 0 | 1;
  /** Why we have ended it: what came was too large. Null otherwise. */
  refused(): Reason | null;
  /** Says goodbye (DISCONNECT) and hangs up within half a second, whatever the broker does. */
  end(): void;
}

/**
 * Bytes of one packet. An MQTT 5 broker does not send us larger ones; MQTT 3.1.1 has no such limit, so
 * there a packet of up to 256 MiB, which anybody may publish, is not waited for.
 */
const maximumPacketSize = 8 * 1024 * 1024;

/** Seconds. Brokers may forbid longer ones (`max_keepalive`), and MQTT 3.1.1 cannot tell which. */
const keepalive = { usual: 5, shortest: 1 };

/**
 * Connects: name, TCP, TLS, CONNECT, CONNACK, within the target's time limit. A broker that turns away MQTT
 * 3.1.1, or a keepalive, whoever it is, is asked once more as it wants it, with as much time.
 * Rejects with a Refusal (classified), or with a Trouble when our own certificate is unusable.
 */
export async function connect(target: Target, cancel?: AbortSignal): Promise<Connection> {
  try {
    return await connectAs(target, keepalive.usual, cancel);
  } catch (error) {
    if (!(error instanceof Refusal) || target.protocolVersion === 5) throw error;
    if (error.reason === 'mqtt-version')
      return connectAs({ ...target, protocolVersion: 5 }, keepalive.usual, cancel);
    if (error.reason === 'client-id-rejected') return connectAs(target, keepalive.shortest, cancel);
    throw error;
  }
}

async function connectAs(
  target: Target,
  seconds: number,
  cancel?: AbortSignal,
): Promise<Connection> {
  const limit = AbortSignal.timeout((target.timeoutSeconds ?? 5) * 1000);
  const signal = cancel ? AbortSignal.any([limit, cancel]) : limit;
  // Loaded before the connection is made: from then on nothing that happens on the stream may be missed.
  const { MqttClient } = (await import('mqtt')).default;
  const transport = await openTransport(target, signal);
  const stream = target.websocket ? await websocket(transport, target, signal) : transport.stream;
  return new Promise((resolve, reject) => {
    const client = new MqttClient(() => stream, {
      protocolVersion: target.protocolVersion,
      clientId: target.clientId ?? ownClientId(target.clientIdPrefix),
      username: target.username,
      password: target.password,
      clean: true,
      keepalive: seconds,
      reconnectPeriod: 0,
      connectTimeout: 2 ** 31 - 1, // ours counts
      ...(target.protocolVersion === 5 ? { properties: { maximumPacketSize } } : {}),
    });
    const tooLarge = limitPackets(client, stream);
    const end = () => {
      client.end();
      setTimeout(() => stream.destroy(), 500).unref();
    };
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      client.removeListener('error', onError);
      stream.removeListener('close', onClose);
      // Whatever still comes (the library repeats itself) must not end the program.
      client.on('error', () => {});
      act();
    };
    const refuse = (refusal: Refusal) =>
      settle(() => {
        client.end(true);
        stream.destroy();
        reject(refusal);
      });
    const onAbort = () => refuse(refusalOfAbort(signal, true));
    const onError = (error: Error & { code?: unknown }) => {
      if (typeof error.code === 'number')
        refuse(
          new Refusal(reasonOfConnack(error.code), { tls: transport.tls, connack: error.code }),
        );
      else if (error.code === undefined && alertNumber(error) === null)
        refuse(
          new Refusal(
            { cause: 'not-mqtt', words: 'What answers on this port does not speak MQTT.' },
            { tls: transport.tls },
          ),
        );
      else refuse(refusalOfStream(error, target, transport.tls, true));
    };
    const onClose = () => {
      const ours = tooLarge();
      refuse(
        ours ? new Refusal(ours, { tls: transport.tls }) : refusalOfClose(target, transport.tls),
      );
    };

    client.on('error', onError);
    stream.on('close', onClose);
    client.once('connect', ({ properties }) =>
      settle(() =>
        resolve({
          client,
          tls: transport.tls,
          // Who is not told uses what every broker takes.
          qos: target.protocolVersion === 5 && properties?.maximumQoS !== 0 ? 1 : 0,
          refused: tooLarge,
          end,
        }),
      ),
    );
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else if (stream.errored) onError(stream.errored);
    else if (stream.destroyed) onClose();
  });
}

/** Hangs up when a packet has become too large before its end has come. */
function limitPackets(client: MqttClient, stream: Duplex): () => Reason | null {
  let coming = 0;
  let reason: Reason | null = null;
  client.on('packetreceive', () => {
    coming = 0;
  });
  stream.on('data', (bytes: Buffer) => {
    coming += bytes.length;
    if (coming <= maximumPacketSize) return;
    reason = {
      cause: 'too-large',
      words: 'A message of more than 8 MiB came. It was not taken, and the connection was ended.',
    };
    stream.destroy();
  });
  return () => reason;
}
