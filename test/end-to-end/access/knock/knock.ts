// Knocks at a broker's sockets with mosquitto_pub, mosquitto_sub and openssl, and with mqtt.js where these do
// not speak: a program of its own, so that it can be run in the network of another machine (nsenter). Reads a
// Round from each line of standard input, and writes what was Heard as a line.
import { createInterface } from 'node:readline';
import { run } from '../run.ts';
import type { Answer, At, Caller, Echo, Heard, Round } from './call.ts';
import { callerId } from './ids.ts';
import { knockByMqttJs } from './knock-mqttjs.ts';

/**
 * Who speaks by websockets does not answer mosquitto_pub, or not for a long time: as soon as somebody is answered
 * in one way, it is that way for all.
 */
async function knockAt(at: At, round: Round): Promise<Echo> {
  const secured = at.path === undefined ? await tlsOf(at, round) : 'none';
  const tls = secured !== 'none';
  // mosquitto_pub insists on TLS at port 8883 (mosquitto_pub(1)): a plain one there is mqtt.js's.
  const insists = at.port === 8883 && !tls;
  const ways: Record<'mqtt' | 'websockets', (one: Caller) => Promise<Answer>> = {
    mqtt: (one) =>
      insists ? knockByMqttJs('mqtt', at, one, round, tls) : knockByMosquitto(at, one, round, tls),
    websockets: (one) => knockByMqttJs('ws', at, one, round, tls),
  };
  let speaks: Echo['speaks'] = secured === 'shared' ? 'mqtt' : 'unknown';
  const answers: Echo['answers'] = {};
  // One after the other: a broker may take one client at a time, or one of each name.
  for (const one of at.callers.filter((one) => comes(one, secured))) {
    let answer: Answer = await ways[speaks === 'websockets' ? speaks : 'mqtt'](one);
    if (speaks === 'unknown' && !answer.answered) {
      const other = await ways.websockets(one);
      if (other.answered) [answer, speaks] = [other, 'websockets'];
    } else if (speaks === 'unknown') speaks = 'mqtt';
    answers[one.id] = answer;
  }
  const met = Object.values(answers).some(({ answered }) => answered);
  return { tls, speaks: met ? speaks : 'unknown', answers };
}

type Tls = 'none' | 'certificate' | 'shared';

/** Who has nothing to show but a certificate is nobody of his own where there is no TLS. */
const comes = (one: Caller, tls: Tls): boolean =>
  one.shared
    ? tls === 'shared'
    : tls !== 'none' ||
      (!one.onlyByTls && (one.certificate === undefined || one.username !== undefined));

/** What OpenSSL meets: a certificate, an alert as where only a shared key counts, or no TLS. */
async function tlsOf({ host, port, from }: At, { at: _, ...round }: Round): Promise<Tls> {
  const where = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
  const source = from ? ['-bind', `${from}:0`] : [];
  const argv = ['openssl', 's_client', '-CAfile', round.cafile, '-connect', where, ...source];
  const { out } = await run(argv);
  if (out.includes('BEGIN CERTIFICATE')) return 'certificate';
  return /alert handshake failure|alert number (40|80)/.test(out) ? 'shared' : 'none';
}

async function knockByMosquitto(at: At, one: Caller, round: Round, tls: boolean): Promise<Answer> {
  const options = optionsOf(at, one, round, tls);
  const { topic, kept, leave } = round;
  const message = leave ? ['-t', kept, '-r', '-m', 'kept'] : ['-t', topic, '-n'];
  const { code, out } = await run(['mosquitto_pub', ...options, '-q', '1', ...message]);
  const said = out.trim().split('\n')[0] ?? '';
  const words = code === 0 ? said : `${said} (${code})`;
  const nobody = { publishes: false, reads: false, words };
  // From 128 on it is the broker's reason code (MQTT 5, 2.4).
  if (code !== null && code >= 128) return { got: 'refused', answered: true, ...nobody };
  if (code !== 0)
    return { got: absent.test(out) ? 'absent' : 'refused', answered: false, ...nobody };
  const publishes = !/Publish \d+ failed/.test(out);
  const hears = publishes
    ? ['mosquitto_rr', ...options, '-t', topic, '-e', topic, '-m', 'heard', '-W', '1']
    : ['mosquitto_sub', ...options, '-t', kept, '-C', '1', '-W', '1'];
  const reads = one.curious === true && !leave && (await run(hears)).code === 0;
  return { got: 'accepted', answered: true, publishes, reads, words };
}

const optionsOf = (at: At, one: Caller, { cafile, clientId }: Round, tls: boolean): string[] => [
  // A minute's silence, which is what they ask for unless told, some brokers do not grant.
  ...['-V', '5', '-k', '5', '-i', callerId(clientId, one.id)],
  ...(at.path ? ['--unix', at.path] : ['-h', at.host ?? '', '-p', String(at.port)]),
  ...(at.from ? ['-A', at.from] : []),
  ...(one.username ? ['-u', one.username, '-P', one.password ?? ''] : []),
  ...(one.shared ? ['--psk', one.shared.key, '--psk-identity', one.shared.identity] : []),
  ...(tls && !one.shared ? ['--cafile', cafile, '--insecure'] : []),
  ...(tls && one.certificate ? ['--cert', one.certificate, '--key', one.key ?? ''] : []),
];

const absent = /Connection refused|unreachable|No route|No such file|Invalid argument/;

/** Whether the retained message is there; null where nobody may look. */
async function isKept(round: Round, echoes: Echo[]): Promise<boolean | null> {
  for (const [n, { speaks, tls, answers }] of echoes.entries())
    for (const one of round.at[n]?.callers ?? [])
      if (round.at[n] && speaks === 'mqtt' && answers[one.id]?.reads) {
        const options = optionsOf(round.at[n], one, round, tls);
        const seek = ['mosquitto_sub', ...options, '-t', round.kept, '-C', '1', '-W', '1'];
        return (await run(seek)).code === 0;
      }
  return null;
}

for await (const line of createInterface({ input: process.stdin })) {
  const round = JSON.parse(line) as Round;
  const echoes: Echo[] = [];
  for (const at of round.at) echoes.push(await knockAt(at, round));
  const heard: Heard = { echoes, kept: await isKept(round, echoes) };
  process.stdout.write(`${JSON.stringify(heard)}\n`);
}
