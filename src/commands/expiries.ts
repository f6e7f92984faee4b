import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readGiven } from '../host/given-file.ts';
import { readCertificate } from '../pki/read-certificate.ts';
import { wantedCertificates } from '../steps/certificates.ts';
import type { Setup } from '../steps/setup.ts';
import { folderOf } from '../steps/targets.ts';
import type { Expiry } from './status.ts';

/** When the authority and the certificates of this set-up end, the first to end first. */
export async function expiries(setup: Setup): Promise<Expiry[]> {
  const folder = folderOf(setup);
  const there = new Set(await readdir(folder).catch(() => []));
  const wanted = ['root_ca', ...wantedCertificates(setup).map(({ name }) => name)];
  const found: Expiry[] = [];
  for (const name of wanted) {
    if (!there.has(`${name}.crt`)) continue;
    const pem = String(await readGiven(join(folder, `${name}.crt`)));
    const { notAfter } = readCertificate(pem, `${name}.crt`).facts;
    const days = Math.floor((notAfter.getTime() - setup.now().getTime()) / 86_400_000);
    found.push({ what: name, at: notAfter.toISOString(), days });
  }
  return found.sort((one, other) => one.days - other.days);
}
