import { join } from 'node:path';

// What stands where in an authority's folder, named as in the article.

export const rootKeyName = 'root_ca.key';
export const rootCertificateName = 'root_ca.crt';
export const registerName = 'register.jsonl';
/** Certificates that another has replaced, as NAME-SERIAL.crt. */
export const supersededName = 'superseded';

export const folderMode = 0o700;
export const keyMode = 0o600;
export const certificateMode = 0o644;

/** The three files of one holder. */
export interface HolderFiles {
  key: string;
  request: string;
  certificate: string;
}

/** Their paths in an authority's folder. */
export const holderFiles = (folder: string, name: string): HolderFiles => ({
  key: join(folder, `${name}.key`),
  request: join(folder, `${name}.csr`),
  certificate: join(folder, `${name}.crt`),
});
