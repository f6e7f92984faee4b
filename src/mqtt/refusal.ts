import { clean } from '../text/clean.ts';
import { type Cause, type Observed, type Reason, reasonOfAlert, reasonOfSocket } from './cause.ts';
import type { Target, TlsFacts } from './target.ts';

/** An attempt that did not end in a usable connection, already classified. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly observed: Exclude<Observed, 'accepted'>;
  readonly reason: Cause;
  readonly tls: TlsFacts | null;
  readonly connack: number | null;

  constructor(reason: Reason, more: { tls?: TlsFacts | null; connack?: number } = {}) {
    super(reason.words);
    this.reason = reason.cause;
    this.observed = unreachable.has(reason.cause) ? 'unreachable' : 'refused';
    this.tls = more.tls ?? null;
    this.connack = more.connack ?? null;
  }
}

/** Nothing that speaks for the broker was heard: proves neither that it lets in nor that it refuses. */
const unreachable: ReadonlySet<Cause> = new Set([
  'connection-refused',
  'timeout',
  'no-answer',
  'dns',
  'no-route',
  'network',
  'not-forwarded',
  'no-permission',
  'cancelled',
] satisfies Cause[]);

/**
 * Classifies an error of the stream, at any time before CONNACK; `facts` are what the handshake had shown by then. A
 * stream that is broken off does not tell them any more.
 */
export function refusalOfStream(
  error: Error & { code?: unknown; reason?: unknown },
  target: Target,
  facts: TlsFacts | null,
  reached: boolean,
): Refusal {
  const code = String(error.code ?? '');
  const alert = alertNumber(error);
  if (alert !== null) {
    const certificate = target.tls?.cert !== undefined;
    // TLS 1.2 has no alert of its own for it; once the broker has shown its certificate, ciphers
    // are agreed, and what can still be missing is ours.
    if (alert === 40 && !certificate && facts)
      return new Refusal(reasonOfAlert(116, { certificate }), { tls: facts });
    return new Refusal(reasonOfAlert(alert, { certificate }), { tls: facts });
  }
  if (!reached) {
    return new Refusal(
      reasonOfSocket(code) ?? { cause: 'network', words: 'The connection failed.' },
    );
  }
  if (/wrong version number|packet length too long|http request/.test(error.message))
    return new Refusal({ cause: 'no-tls', words: 'What answers on this port does not speak TLS.' });
  if (/unsupported protocol/.test(error.message))
    return new Refusal({
      cause: 'tls-not-accepted',
      words: 'The broker offers only a version of TLS that is older than the one asked for.',
    });
  // Without an alert OpenSSL speaks of what came to us (ssl(7)); an end of the stream is the other side's.
  if (/^ERR_SSL_/.test(code) && !/unexpected eof/.test(error.message))
    return new Refusal(
      {
        cause: 'tls-not-accepted',
        words: `What the broker offers in the TLS handshake is not accepted here (${clean(String(error.reason ?? code), 80)}).`,
      },
      { tls: facts },
    );
  return refusalOfClose(target, facts);
}

/** The alert in an error: TLS 1.3 has it in `code` too, TLS 1.2 only in the text. */
export function alertNumber(error: Error): number | null {
  const found = /SSL alert number (\d+)/.exec(error.message);
  return found ? Number(found[1]) : null;
}

/** Closed where a CONNACK was due, or in the handshake: before or after the broker had shown its certificate. */
export function refusalOfClose(target: Target, facts: TlsFacts | null): Refusal {
  if (target.tls && !facts)
    return new Refusal({
      cause: 'no-tls',
      words: 'The connection was closed in the TLS handshake: most likely no TLS is spoken here.',
    });
  const words = !target.tls
    ? 'The broker closed the connection without a word.'
    : target.tls.cert
      ? 'The broker closed the connection after the TLS handshake; most likely it does not accept the client certificate.'
      : 'The broker closed the connection after the TLS handshake; most likely it wants a client certificate.';
  return new Refusal({ cause: 'closed-without-a-word', words }, { tls: facts });
}

/** Our own time limit, or the caller's signal. */
export function refusalOfAbort(signal: AbortSignal, reached: boolean): Refusal {
  if (signal.reason?.name !== 'TimeoutError')
    return new Refusal({ cause: 'cancelled', words: 'It was cancelled.' });
  return new Refusal(
    reached
      ? { cause: 'no-answer', words: 'The connection stands, but no answer came in time.' }
      : { cause: 'timeout', words: 'The machine does not answer.' },
  );
}
