import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Observation, observationOf } from './probe.ts';
import { Refusal } from './refusal.ts';
import { type Target, targetName } from './target.ts';
import { openTransport } from './transport.ts';

/** What everybody may ask whom it answers at all; 2.1.2 was seen to tell its version there. */
const path = '/api/v1/version';

/**
 * Asks the HTTP API of a listener (2.1, `protocol http_api`) as `probe` asks others for MQTT: with a name and
 * password where the target has them. 401 is its refusal. Rejects only with a Trouble.
 */
export async function askApi(target: Target, cancel?: AbortSignal): Promise<Observation> {
  const limit = AbortSignal.timeout((target.timeoutSeconds ?? 5) * 1000);
  const signal = cancel ? AbortSignal.any([limit, cancel]) : limit;
  try {
    const { stream } = await openTransport(target, signal);
    const status = await statusOf(stream, target, signal);
    stream.destroy();
    if (status === 401 || status === 403) return refused;
    // A page that it does not have is an answer, too: it asks for a name before it looks.
    if (status < 200 || status >= 500) return untold;
    return {
      observed: 'accepted',
      cause: null,
      words: `The HTTP API at ${targetName(target)} answered.`,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return observationOf(error);
  }
}

const refused: Observation = {
  observed: 'refused',
  cause: 'not-authorised',
  words: 'The HTTP API wants a name and password that it knows.',
};

const untold: Observation = {
  observed: 'unreachable',
  cause: 'no-answer',
  words: 'The HTTP API gave no answer.',
};

/** The status of the answer; 0 where none came that is HTTP. */
async function statusOf(stream: Duplex, target: Target, signal: AbortSignal): Promise<number> {
  const { username, password = '' } = target;
  const asking = request({
    createConnection: () => stream,
    host: 'broker',
    path,
    signal,
    ...(username === undefined ? {} : { auth: `${username}:${password}` }),
  });
  asking.on('error', () => {}).end();
  try {
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    answer.destroy();
    return answer.statusCode ?? 0;
  } catch {
    return 0;
  }
}
