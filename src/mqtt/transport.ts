import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { Trouble } from '../errors/trouble.ts';
import { isPair } from '../pki/x509/signature.ts';
import { reasonOfServerCertificate, reasonOfSocket } from './cause.ts';
import { nameMismatch, tlsFacts } from './peer.ts';
import { Refusal, refusalOfAbort, refusalOfClose, refusalOfStream } from './refusal.ts';
import {
  serverNameIndication,
  type Target,
  type TargetTls,
  type TlsFacts,
  type TlsVersion,
} from './target.ts';

/**
 * A connection through TCP and, if asked for, TLS, with the broker's certificate checked; not a
 * byte of MQTT has been sent. Under TLS 1.3 the broker may still refuse our certificate after this
 * (RFC 8446 section 4.4.2.4): only its CONNACK is an acceptance.
 */
export interface Transport {
  stream: Duplex;
  tls: TlsFacts | null;
}

/** Connects that far. Rejects with a Refusal; with a Trouble when our own certificate or key is unusable. */
export async function openTransport(target: Target, signal: AbortSignal): Promise<Transport> {
  const way = target.through ? await openWay(target.through, signal) : undefined;
  return new Promise((resolve, reject) => {
    const stream = dial(target, way);
    const tlsStream = stream instanceof tls.TLSSocket ? stream : null;
    let reached = false;
    let shown: TlsFacts | null = null;
    const look = () => {
      if (tlsStream) shown = tlsFacts(tlsStream) ?? shown;
      return shown;
    };

    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      stream.removeListener('error', onError);
      stream.removeListener('close', onClose);
      stream.removeListener('keylog', look);
      // An alert may follow at once; whoever takes the stream over looks at `errored`.
      stream.on('error', () => {});
      act();
    };
    const refuse = (refusal: Refusal) =>
      settle(() => {
        stream.destroy();
        reject(refusal);
      });
    const onAbort = () => refuse(refusalOfAbort(signal, reached));
    const onError = (error: Error) => refuse(refusalOfStream(error, target, look(), reached));
    const onClose = () => refuse(refusalOfClose(target, shown));
    const onSecure = () => {
      if (!tlsStream) return;
      const facts = tlsFacts(tlsStream);
      const reason = target.tls?.unchecked
        ? null
        : tlsStream.authorizationError
          ? reasonOfServerCertificate(String(tlsStream.authorizationError))
          : nameMismatch(tlsStream, target);
      if (reason) refuse(new Refusal(reason, { tls: facts }));
      else settle(() => resolve({ stream, tls: facts }));
    };

    stream.on('error', onError);
    stream.on('close', onClose);
    stream.once('connect', () => {
      reached = true;
      if (!tlsStream) settle(() => resolve({ stream, tls: null }));
    });
    stream.once('secureConnect', onSecure);
    // Under TLS 1.2 keys are agreed once the certificate has come, and the handshake may still be broken off.
    stream.on('keylog', look);
    if (way) {
      reached = true;
      if (!tlsStream) settle(() => resolve({ stream, tls: null }));
    }
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

/** Whatever comes in between may wait for longer than we do. */
async function openWay(through: () => Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const opening = through();
  const late = () => opening.then((stream) => stream.destroy()).catch(() => {});
  const given = Promise.withResolvers<never>();
  const onAbort = () => {
    void late();
    given.reject(refusalOfAbort(signal, false));
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([opening, given.promise]);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string') throw error;
    throw new Refusal(
      reasonOfSocket(code) ?? { cause: 'network', words: 'The connection failed.' },
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function dial(target: Target, way?: Duplex): Duplex {
  const where = {
    host: target.host,
    port: target.port,
    // Longer than Node's 250 ms, so that a slow link is not taken for a dead address.
    autoSelectFamilyAttemptTimeout: 1500,
  };
  if (!target.tls) return way ?? net.connect(where).setNoDelay(true);
  const secureContext = secureContextOf(target.tls);
  return tls
    .connect({
      ...(way ? { socket: way } : where),
      secureContext,
      servername: serverNameIndication(target),
      // Checked by hand the moment the handshake ends, before anything is sent: this way the
      // certificate can also be shown when it is wrong.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    })
    .setNoDelay(true);
}

function secureContextOf(wanted: TargetTls): tls.SecureContext {
  const { ca, cert, key, passphrase, minVersion, maxVersion } = wanted;
  // OpenSSL allows versions below 1.2 only at its lowest security level; we want to be able to
  // knock with one, to see it refused.
  const old = maxVersion === '1.0' || maxVersion === '1.1';
  try {
    if (cert && key && !fits(createPrivateKey({ key, passphrase }), cert))
      throw new Error('mismatch');
    return tls.createSecureContext({
      ca,
      cert,
      key,
      passphrase,
      minVersion: nodeName[minVersion ?? (old ? '1.0' : '1.2')],
      maxVersion: nodeName[maxVersion ?? '1.3'],
      ...(old ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}),
    });
  } catch (error) {
    throw new Trouble('The client certificate or its key cannot be used.', {
      likely: /mismatch/.test(String(error))
        ? 'The key does not belong to the certificate, or is damaged.'
        : 'One of the files is not PEM or is damaged, or the key is encrypted.',
      next: 'Name a certificate and the key it was made for.',
      cause: error,
    });
  }
}

/** OpenSSL compares only what the key's file says of its public part; a broker would refuse what a damaged one signs. */
const fits = (key: KeyObject, certificate: string | Buffer): boolean =>
  isPair(key, new X509Certificate(certificate).publicKey);

const nodeName: Record<TlsVersion, tls.SecureVersion> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};
