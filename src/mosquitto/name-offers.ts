/**
 * The part of a look at a machine that asks for its names, and where anything listens (ss(8), which shows that to
 * everybody), for `sh`; needs `field NAME VALUE`.
 */
export const namesScript = `
full=$(hostname -f 2>/dev/null)
short=$(hostname 2>/dev/null)
field name "$full"
field name "$short"
for address in $(hostname -I 2>/dev/null); do field address "$address"; done
ss -H -l -t -n 2>/dev/null | head -n 300 | while read -r _ _ _ local _; do field listens "$local"; done
`;

/** Of the names a machine has, so many are offered. */
const mostNames = 30;

/**
 * Names and addresses that a client might call it by: the FQDN first, as in the article, loopback last.
 * Link-local addresses are of no use in a certificate.
 */
export function nameOffers(names: string[], addresses: string[]): string[] {
  const usable = [...names, ...addresses]
    .map((name) => name.toLowerCase())
    .filter((name) => /^[0-9a-z][0-9a-z.:-]{0,252}$/.test(name) && !name.startsWith('fe80:'));
  return [...new Set([...usable.slice(0, mostNames), 'localhost', '127.0.0.1'])];
}
