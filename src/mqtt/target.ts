import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalIfAny, withoutZone } from '../pki/x509/san.ts';

/** One listener of a broker and what we show at it: enough to connect once, or again and again. */
export interface Target {
  /** Name or address. */
  host: string;
  port: number;
  /** Absent: plain MQTT. */
  tls?: TargetTls;
  username?: string;
  password?: string;
  /** 4 is MQTT 3.1.1, 5 is MQTT 5. */
  protocolVersion: 4 | 5;
  /**
   * Opens the way there, instead of TCP: `host` is then only the name that is expected. What it rejects
   * with is told as not reached where it has a `code` as sockets do.
   */
  through?: () => Promise<Duplex>;
  /** MQTT in websocket frames, on top of TLS where there is any. */
  websocket?: true;
  /** For the whole way to CONNACK: name, TCP, TLS, MQTT. 5 unless told. */
  timeoutSeconds?: number;
  /** Random unless told. */
  clientId?: string;
  /** What a random one begins with, where the broker lets in no others (`clientid_prefixes`). */
  clientIdPrefix?: string | undefined;
}

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

export interface TargetTls {
  /** PEM. Without it: the authorities that Node brings. */
  ca?: string | Buffer;
  /** PEM, our certificate and its key; without them none is shown to the broker. */
  cert?: string | Buffer;
  key?: string | Buffer;
  /** Opens an encrypted key. */
  passphrase?: string;
  /** The name asked for and compared with the certificate, where it is not `host`. */
  servername?: string;
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
  /**
   * True: the name must be among the certificate's SANs, as Go, Java and rustls want it.
   * False: as `mosquitto_pub`, which also takes a common name where there is no SAN.
   * Chain, dates and purpose of the broker's certificate are checked either way.
   */
  strict: boolean;
  /** Takes whatever certificate the broker shows: for knocking with nothing that is worth anything. */
  unchecked?: true;
}

/** What the broker showed in the TLS handshake; text is cleaned. */
export interface TlsFacts {
  /** For example `TLSv1.3`. */
  version: string;
  /** OpenSSL's or the standard's name of the cipher suite. */
  cipher: string;
  /** SHA-256 of the certificate, upper-case hex with colons, as `openssl x509 -fingerprint`. */
  peerFingerprint: string;
  /** The SANs: DNS names and IP addresses. */
  peerNames: string[];
}

/** The name a broker's certificate has to carry, in normal form; the zone of an address is no part of it. */
export function peerName(target: Target): string {
  return normalIfAny(withoutZone(target.tls?.servername ?? target.host));
}

/** The name sent in the handshake (SNI); RFC 6066 section 3 forbids addresses there. */
export function serverNameIndication(target: Target): string {
  const name = peerName(target);
  return isIP(name) ? '' : name;
}

/** `host:port`, with brackets round an IPv6 address. */
export function targetName(target: Pick<Target, 'host' | 'port'>): string {
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host;
  return `${host}:${target.port}`;
}
