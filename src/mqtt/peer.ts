import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { readableName } from '../pki/x509/san.ts';
import { clean } from '../text/clean.ts';
import type { Reason } from './cause.ts';
import { peerName, type Target, type TlsFacts } from './target.ts';

/** What a finished handshake showed; null before the broker's certificate came. */
export function tlsFacts(socket: tls.TLSSocket): TlsFacts | null {
  const raw = socket.getPeerCertificate()?.raw;
  if (!raw) return null;
  const certificate = new X509Certificate(raw);
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.standardName ?? 'unknown',
    peerFingerprint: certificate.fingerprint256,
    peerNames: namesOf(certificate),
  };
}

/**
 * What a certificate is for. Where it has no alternative names, as those that `openssl x509 -req` makes, some
 * clients go by its common name (RFC 6125 section 6.4.4).
 */
export function namesOf(certificate: X509Certificate): string[] {
  const names = subjectAlternativeNames(certificate.subjectAltName ?? '');
  if (names.length > 0) return names;
  const common: unknown = certificate.toLegacyObject().subject?.CN;
  return typeof common === 'string' && common !== '' ? [clean(common, 253)] : [];
}

/** DNS names and addresses out of Node's text form of a SAN extension; at most 100, cleaned. */
export function subjectAlternativeNames(text: string): string[] {
  const names: string[] = [];
  // Node writes a name with unusual characters as a JSON string (CVE-2021-44532).
  for (const [, value = ''] of text.matchAll(
    /(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g,
  )) {
    names.push(clean(value, 253));
    if (names.length === 100) break;
  }
  return names;
}

/** Compares the broker's certificate with the name it was reached by. Null: it fits. */
export function nameMismatch(socket: tls.TLSSocket, target: Target): Reason | null {
  const peer = socket.getPeerCertificate();
  const name = peerName(target);
  const certificate = new X509Certificate(peer.raw);
  const fits = target.tls?.strict
    ? carriesName(certificate, name)
    : tls.checkServerIdentity(name, peer) === undefined;
  if (fits) return null;
  const names = subjectAlternativeNames(certificate.subjectAltName ?? '');
  const carried =
    names.length > 0
      ? `is for ${clean(names.map(readableName).join(', '), 120)}`
      : 'carries no name that a client may check (no SAN)';
  return {
    cause: 'name-mismatch',
    words: `The broker's certificate ${carried}, not for ${readableName(clean(name, 80))}.`,
  };
}

/** By SAN alone, without falling back on the common name (RFC 9525 section 2). */
function carriesName(certificate: X509Certificate, name: string): boolean {
  try {
    return isIP(name)
      ? certificate.checkIP(name) !== undefined
      : certificate.checkHost(name, { subject: 'never' }) !== undefined;
  } catch {
    // OpenSSL throws where a text can be no name. Nothing may be thrown into the stream that brought it.
    return false;
  }
}
