import { readFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import { WebSocket } from 'ws';
import type { Answer, At, Caller, Round } from './call.ts';
import { callerId } from './ids.ts';

/** As mosquitto_pub knocks, over websockets (which it does not speak) or as plain MQTT on port 8883. */
export async function knockByMqttJs(
  over: 'ws' | 'mqtt',
  { host, port, from, path }: At,
  one: Caller,
  round: Round,
  tls: boolean,
): Promise<Answer> {
  const { connect } = (await import('mqtt')).default;
  const { cafile } = round;
  const files = tls && one.certificate ? { cert: one.certificate, key: one.key ?? '' } : {};
  const shown = {
    // Whose the broker's certificate is counts, not what name is in it.
    ...(tls ? { ca: readFileSync(cafile), checkServerIdentity: () => undefined } : {}),
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(file)])),
    ...(from ? { localAddress: from } : {}),
  };
  // It makes a web address of what it gets for websockets, and a socket's for the rest.
  const hostname = over === 'ws' && host?.includes(':') ? `[${host}]` : host;
  const options: IClientOptions = {
    ...shown,
    protocol: tls ? (over === 'ws' ? 'wss' : 'mqtts') : over,
    ...{ hostname, host: hostname, port },
    ...(over === 'ws' ? { wsOptions: shown } : {}),
    ...(path
      ? { createWebsocket: (_, protocols) => new WebSocket(`ws+unix:${path}:/mqtt`, protocols) }
      : {}),
    ...(one.username ? { username: one.username, password: one.password } : {}),
    clientId: callerId(round.clientId, one.id),
    protocolVersion: 5,
    keepalive: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
  };
  const client = connect(options);
  try {
    const refusal = await entered(client);
    if (refusal) return refusal;
    const { publishes, reads } = await tryTopics(client, round, one.curious === true);
    return { got: 'accepted', answered: true, publishes, reads, words: '' };
  } finally {
    client.end(true);
  }
}

/** Null once in. */
function entered(client: MqttClient): Promise<Answer | null> {
  return new Promise((resolve) => {
    const nobody = { publishes: false, reads: false };
    client.once('connect', () => resolve(null));
    client.on('error', (error: Error & { code?: number | string }) => {
      const answered = typeof error.code === 'number';
      const got = error.code === 'ECONNREFUSED' ? 'absent' : 'refused';
      resolve({ got, answered, ...nobody, words: error.message });
    });
    client.once('close', () =>
      resolve({ got: 'refused', answered: false, ...nobody, words: 'hung up' }),
    );
  });
}

/** Sends, and waits a second for it to come back; who may not send waits for the retained message. */
async function tryTopics(
  client: MqttClient,
  { topic, kept, leave }: Round,
  curious: boolean,
): Promise<Pick<Answer, 'publishes' | 'reads'>> {
  const heard = new Promise<boolean>((resolve) => {
    client.once('message', () => resolve(true));
    setTimeout(() => resolve(false), 1000).unref();
  });
  if (curious) await client.subscribeAsync([topic, kept]).catch(() => {});
  const publishes = await client
    .publishAsync(leave ? kept : topic, 'heard', { qos: 1, retain: leave === true })
    .then(
      () => true,
      () => false,
    );
  return { publishes, reads: curious && !leave && (await heard) };
}
