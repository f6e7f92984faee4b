import type { HolderKind } from '../x509/certificate.ts';

// What an authority has issued: one line of JSON a fact, only ever appended to, so that thousands of
// certificates cost one line each and an interrupted write can spoil only the last line.
/** One line of the register; times are ISO 8601. */
export type RegisterFact =
  | {
      event: 'issued';
      at: string;
      serial: string;
      name: string;
      kind: HolderKind | 'authority';
      notBefore: string;
      notAfter: string;
      fingerprint: string;
      /** Serials of those whose place it took. In the same line: half of it would be a lie. */
      replaces: string[];
    }
  /** `to` is a place in words, such as `rock-4se:/etc/mosquitto/certs`. */
  | { event: 'delivered'; at: string; serial: string; to: string };
