import { join } from 'node:path';
import { Trouble } from '../errors/trouble.ts';
import { readCertificate } from '../pki/x509/read-certificate.ts';
import { wantedCertificates } from '../steps/certificates/certificates.ts';
import type { Setup } from '../steps/contract/setup.ts';
import { folderOf } from '../steps/reach/targets.ts';
import { readText } from '../this-machine/files.ts';
import type { Expiry } from './status.ts';

/**
 * When the authority and the certificates of this set-up end, the first to end first. Of one that cannot be read it is not
 * known; the steps tell of it.
 */
export async function expiries(setup: Setup): Promise<Expiry[]> {
  const folder = folderOf(setup);
  const wanted = ['root_ca', ...wantedCertificates(setup).map(({ name }) => name)];
  const found: Expiry[] = [];
  for (const name of wanted) {
    const notAfter = await endOf(folder, `${name}.crt`);
    if (notAfter === null) continue;
    const days = Math.floor((notAfter.getTime() - setup.now().getTime()) / 86_400_000);
    found.push({ what: name, at: notAfter.toISOString(), days });
  }
  return found.sort((one, other) => one.days - other.days);
}

async function endOf(folder: string, file: string): Promise<Date | null> {
  try {
    const pem = await readText(join(folder, file));
    return pem === null ? null : readCertificate(pem, file).facts.notAfter;
  } catch (error) {
    if (error instanceof Trouble) return null;
    throw error;
  }
}
