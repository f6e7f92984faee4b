import type { Cause, Observed } from './cause.ts';
import { connect } from './connection.ts';
import { Refusal } from './refusal.ts';
import { type Target, type TlsFacts, targetName } from './target.ts';
import { openTransport } from './transport.ts';

/** What one attempt to connect showed. */
export interface Observation {
  observed: Observed;
  /** Null when accepted. */
  cause: Cause | null;
  /** One plain sentence. */
  words: string;
  /** The broker's CONNACK code, where there was one. */
  connack?: number;
  /** What the handshake showed, where it came far enough. */
  tls?: TlsFacts;
}

/**
 * Connects once, says what came of it, and leaves. Accepted means CONNACK 0, never "TLS connected".
 * Rejects only with a Trouble: our own certificate or key is unusable.
 */
export async function probe(target: Target, cancel?: AbortSignal): Promise<Observation> {
  try {
    const connection = await connect(target, cancel);
    connection.end();
    return {
      observed: 'accepted',
      cause: null,
      words: `The broker at ${targetName(target)} accepted the connection.`,
      connack: 0,
      ...(connection.tls ? { tls: connection.tls } : {}),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return observationOf(await closerLook(error, target, cancel));
  }
}

/** A refusal in the words of an observation. */
export function observationOf(refusal: Refusal): Observation {
  return {
    observed: refusal.observed,
    cause: refusal.reason,
    words: refusal.message,
    ...(refusal.connack === null ? {} : { connack: refusal.connack }),
    ...(refusal.tls ? { tls: refusal.tls } : {}),
  };
}

/** A port that closes on plain MQTT, or answers with what is none, is asked whether it would rather speak TLS. */
async function closerLook(
  refusal: Refusal,
  target: Target,
  cancel?: AbortSignal,
): Promise<Refusal> {
  if (target.tls || !strange.has(refusal.reason)) return refusal;
  const limit = AbortSignal.timeout(2000);
  const signal = cancel ? AbortSignal.any([limit, cancel]) : limit;
  const speaksTls = await openTransport({ ...target, tls: { strict: false } }, signal).then(
    ({ stream }) => {
      stream.destroy();
      return true;
    },
    (error) => error instanceof Refusal && (error.tls !== null || alertCauses.has(error.reason)),
  );
  if (!speaksTls) return refusal;
  return new Refusal({
    cause: 'plain-on-tls-port',
    words: 'The port speaks TLS only; a plain connection is closed.',
  });
}

/** How TLS meets what is none: it hangs up, or says so in a record of its own first. */
const strange: ReadonlySet<Cause> = new Set([
  'closed-without-a-word',
  'not-mqtt',
] satisfies Cause[]);

const alertCauses: ReadonlySet<Cause> = new Set([
  'handshake-failure',
  'protocol-version',
  'unrecognised-name',
  'tls-alert',
] satisfies Cause[]);
