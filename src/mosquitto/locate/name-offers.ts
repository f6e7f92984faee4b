import { usableNames } from '../../pki/x509/san.ts';

const linkLocal = /^fe[89ab][0-9a-f]:/;

/** What each machine calls itself, and no other one can be called by it over a network (RFC 6761, RFC 1122). */
export const loopbackNames = ['localhost', '127.0.0.1'];

/** Of the names a machine has, so many are offered. */
const mostNames = 30;

/**
 * Names and addresses that a client might call it by, in normal form: the FQDN first, as in the article, loopback
 * last. Link-local addresses (RFC 4291, 2.5.6) are of no use in a certificate.
 */
export function nameOffers(names: string[], addresses: string[]): string[] {
  const usable = usableNames([...names, ...addresses]).filter((name) => !linkLocal.test(name));
  return [...new Set([...usable.slice(0, mostNames), ...loopbackNames])];
}
