import { generateKey } from '../keys/key.ts';
import { writeKey } from '../keys/key-file.ts';
import { makeCertificate, makeRoot } from './certificate.ts';
import { issuerOf, readCertificate } from './read-certificate.ts';

/** PEM texts of an authority nobody trusts, and of a client it vouches for. In memory only. */
export interface Stranger {
  authority: string;
  certificate: string;
  key: string;
}

/**
 * A stranger's authority, made to be refused. Its client bears the name of a real one, so that the
 * refusal shows that the signature decides, not the name.
 */
export async function makeStranger(clientName: string, now: Date): Promise<Stranger> {
  const rootKey = await generateKey('ecdsa-p256');
  const key = await generateKey('ecdsa-p256');
  const subject = { commonName: 'A Stranger' };
  const root = makeRoot({ subject, key: rootKey, days: 1 }, now);
  const issuer = issuerOf(readCertificate(root.pem, 'the stranger'), rootKey);
  const wanted = {
    kind: 'client',
    subject: { commonName: clientName },
    key,
    names: [],
    days: 1,
  } as const;
  const { pem } = makeCertificate(wanted, issuer, now);
  return { authority: root.pem, certificate: pem, key: await writeKey(key) };
}
