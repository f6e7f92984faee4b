/** What came of an attempt to connect. */
export type Observed = 'accepted' | 'refused' | 'unreachable';

/** Why an attempt failed: stable short ids, part of the `verify --json` contract. */
export type Cause =
  // no MQTT listener was found
  | 'connection-refused'
  | 'timeout' // not even TCP answered
  | 'no-answer' // TCP did, then nothing came
  | 'dns'
  | 'no-route'
  | 'network'
  | 'not-forwarded' // the machine in between makes no connections for us
  | 'no-permission' // a socket that this user may not open
  // the broker ended the TLS handshake (or, TLS 1.3, the connection right after it)
  | 'certificate-required'
  | 'unknown-ca'
  | 'certificate-expired'
  | 'certificate-revoked'
  | 'certificate-bad'
  | 'certificate-unknown'
  | 'unsupported-certificate'
  | 'protocol-version'
  | 'handshake-failure'
  | 'unrecognised-name'
  | 'tls-alert'
  // we ended it, because of what the broker offered or the certificate it showed, or of what came
  | 'tls-not-accepted'
  | 'name-mismatch'
  | 'server-certificate-untrusted'
  | 'server-certificate-expired'
  | 'server-certificate-not-yet-valid'
  | 'server-certificate-purpose'
  | 'too-large'
  // the two sides do not speak the same language
  | 'no-tls'
  | 'plain-on-tls-port'
  | 'not-mqtt'
  | 'no-websocket'
  | 'closed-without-a-word'
  // the broker's CONNACK
  | 'mqtt-version'
  | 'client-id-rejected'
  | 'server-unavailable'
  | 'bad-user-name'
  | 'not-authorised'
  | 'banned'
  | 'connack'
  // after CONNACK
  | 'subscription-refused'
  | 'message-lost'
  | 'connection-lost'
  | 'cancelled';

/**
 * Refusals that say nothing of who is let in: the broker is full, or wants another version, client id or name
 * than the one that was tried; or it was us who hung up, on its certificate, its handshake, or on what is no MQTT. They
 * prove no refusal.
 */
export const aboutNobody: ReadonlySet<string> = new Set([
  'server-unavailable',
  'mqtt-version',
  'client-id-rejected',
  'protocol-version',
  'unrecognised-name',
  'no-tls',
  'no-websocket',
  'not-mqtt',
  'too-large',
  'tls-not-accepted',
  'name-mismatch',
  'server-certificate-untrusted',
  'server-certificate-expired',
  'server-certificate-not-yet-valid',
  'server-certificate-purpose',
] satisfies Cause[]);

/** Whether the other side turned away this client. `counts`: what says so of the one that was tried, besides. */
export const turnedAway = (
  { observed, cause }: { observed: Observed; cause: Cause | null },
  counts: readonly Cause[] = [],
): boolean =>
  observed === 'refused' && (cause === null || !aboutNobody.has(cause) || counts.includes(cause));

/** A cause with one plain sentence on it. */
export interface Reason {
  cause: Cause;
  words: string;
}

/** TLS alerts by number (RFC 8446 section 6; 41 to 44 also RFC 5246 section 7.2). */
export function reasonOfAlert(alert: number, shown: { certificate: boolean }): Reason {
  switch (alert) {
    case 116:
      return { cause: 'certificate-required', words: 'The broker wants a client certificate.' };
    case 48:
      return {
        cause: 'unknown-ca',
        words: 'The broker does not know the authority that signed the client certificate.',
      };
    case 45:
      return {
        cause: 'certificate-expired',
        words: 'The broker says the client certificate, or its own revocation list, has expired.',
      };
    case 44:
      return {
        cause: 'certificate-revoked',
        words: 'The broker says the client certificate has been revoked.',
      };
    case 43:
      return {
        cause: 'unsupported-certificate',
        words: 'The broker says the certificate is not one for clients (extended key usage).',
      };
    case 42:
    case 51:
      return {
        cause: 'certificate-bad',
        words:
          'The broker does not accept the client certificate: not yet valid by its clock, or damaged.',
      };
    case 46:
      return {
        cause: 'certificate-unknown',
        words: 'The broker does not accept the client certificate and does not say why.',
      };
    case 70:
      return {
        cause: 'protocol-version',
        words: 'The broker does not speak this version of TLS.',
      };
    case 40:
    case 71:
      return {
        cause: 'handshake-failure',
        words: shown.certificate
          ? 'The broker ended the TLS handshake: no cipher or key type in common, most likely.'
          : 'The broker ended the TLS handshake: no cipher in common, or a certificate is missing.',
      };
    case 112:
      return { cause: 'unrecognised-name', words: 'The broker does not answer to this name.' };
    default:
      return { cause: 'tls-alert', words: `The broker ended the TLS handshake (alert ${alert}).` };
  }
}

/** CONNACK codes: MQTT 3.1.1 section 3.2.2.3 (1 to 5), MQTT 5 section 3.2.2.2 (128 and up). */
export function reasonOfConnack(code: number): Reason {
  switch (code) {
    case 1:
    case 132:
      return { cause: 'mqtt-version', words: 'The broker does not speak this version of MQTT.' };
    case 2:
    case 133:
      return {
        cause: 'client-id-rejected',
        words: 'The broker does not accept the client id, or allows no keepalive as long as ours.',
      };
    case 3:
    case 136:
    case 137:
    // Its quota is used up, it is asked too often, or another one is to be asked.
    case 151:
    case 156:
    case 157:
    case 159:
      return { cause: 'server-unavailable', words: 'The broker says it is not available now.' };
    case 4:
    case 134:
      return {
        cause: 'bad-user-name',
        words:
          'The broker does not accept the user name or password, or the certificate has no common name.',
      };
    case 5:
    case 135:
      return { cause: 'not-authorised', words: 'The broker says this client is not authorised.' };
    case 138:
      return { cause: 'banned', words: 'The broker says this client is banned.' };
    default:
      return { cause: 'connack', words: `The broker refused with CONNACK code ${code}.` };
  }
}

/** OpenSSL's verdicts on the certificate that the broker showed, as Node names them. */
export function reasonOfServerCertificate(code: string): Reason {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return {
        cause: 'server-certificate-expired',
        words: "The broker's certificate, or its authority's, has expired by this machine's clock.",
      };
    case 'CERT_NOT_YET_VALID':
      return {
        cause: 'server-certificate-not-yet-valid',
        words: "The broker's certificate is not yet valid by this machine's clock.",
      };
    case 'INVALID_PURPOSE':
      return {
        cause: 'server-certificate-purpose',
        words: "The broker's certificate is not one for servers (extended key usage).",
      };
    default:
      return {
        cause: 'server-certificate-untrusted',
        words: "The broker's certificate was not signed by the authority we trust.",
      };
  }
}

/** Errors of the socket before anything was said. Null: not one of them. */
export function reasonOfSocket(code: string): Reason | null {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        cause: 'connection-refused',
        words: 'Nothing listens on this port, or a firewall turns connections away.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return { cause: 'dns', words: 'The name is not known to the name service.' };
    case 'ETIMEDOUT':
      return { cause: 'timeout', words: 'The machine does not answer.' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return { cause: 'no-route', words: 'There is no way to this address from here.' };
    case 'ENOENT':
      return { cause: 'connection-refused', words: 'The socket is not there.' };
    case 'EACCES':
      return { cause: 'no-permission', words: 'The user who logged in may not open it.' };
    case 'EPERM':
      return {
        cause: 'not-forwarded',
        words: 'The SSH server there forwards no connections, or a firewall here forbids this one.',
      };
    default:
      return null;
  }
}
