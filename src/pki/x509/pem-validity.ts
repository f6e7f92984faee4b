import { X509Certificate } from 'node:crypto';
import { children, decode, timeOf } from '../encoding/der.ts';
import { pemBlocks } from '../encoding/pem.ts';

/** From when until when something is valid, both inclusive. */
export interface Period {
  notBefore: Date;
  notAfter: Date;
}

/** The validity of every certificate in a PEM file, in its order; of damaged ones nothing is told. */
export const certificatePeriods = (pem: string): Period[] =>
  pemBlocks(pem, /^(X509 |TRUSTED )?CERTIFICATE$/).flatMap(({ text }) => {
    try {
      const { validFromDate: notBefore, validToDate: notAfter } = new X509Certificate(text);
      return told({ notBefore, notAfter });
    } catch {
      return [];
    }
  });

/**
 * From when until when each revocation list in a PEM file counts: thisUpdate and nextUpdate (RFC 5280,
 * 5.1.2). One without an end, which RFC 5280 forbids and openssl accepts, is left out.
 */
export const listPeriods = (pem: string): Period[] =>
  pemBlocks(pem, /^X509 CRL$/).flatMap(({ der }) => {
    try {
      const [list] = children(decode(der));
      const [notBefore, notAfter] = children(list).flatMap((value) => timeOf(value) ?? []);
      return notBefore && notAfter ? told({ notBefore, notAfter }) : [];
    } catch {
      return [];
    }
  });

/** Of what is no date nothing is told. */
const told = (period: Period): Period[] =>
  Number.isNaN(period.notBefore.getTime() + period.notAfter.getTime()) ? [] : [period];
