import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate with its key, as files and as PEM. */
export interface Pair {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

/** Makes authorities and certificates with the real `openssl`, in a folder of the test's own. */
export class Certificates {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  authority(name: string): Pair {
    const pair = this.files(name);
    this.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/CN=${name}`, '-days', '30', '-keyout', pair.keyFile, '-out', pair.certFile],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    );
    return this.read(pair);
  }

  /** `dates` as `openssl ca` takes them (YYYYMMDDHHMMSSZ); `extensions` as in its configuration. */
  issue(
    by: Pair,
    name: string,
    options: { subject?: string; extensions?: string[]; from?: string; to?: string } = {},
  ): Pair {
    const pair = this.files(name);
    const request = join(this.folder, `${name}.csr`);
    this.openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', options.subject ?? `/CN=${name}`, '-keyout', pair.keyFile, '-out', request],
    );
    const config = this.config(by, options.extensions ?? []);
    this.openssl(
      ...['ca', '-batch', '-notext', '-config', config, '-in', request, '-out', pair.certFile],
      ...['-startdate', options.from ?? '20200101000000Z'],
      ...['-enddate', options.to ?? '20491231235959Z'],
    );
    return this.read(pair);
  }

  /** A revocation list of `by`, good for an hour or already out of date. */
  revocationList(by: Pair, name: string, revoked: Pair[], expired = false): string {
    const config = this.config(by, []);
    for (const pair of revoked) this.openssl('ca', '-config', config, '-revoke', pair.certFile);
    const file = join(this.folder, `${name}.crl`);
    const dates = expired
      ? ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z']
      : ['-crldays', '3'];
    this.openssl('ca', '-config', config, '-gencrl', '-out', file, ...dates);
    return file;
  }

  private files(name: string): { certFile: string; keyFile: string } {
    return {
      certFile: join(this.folder, `${name}.crt`),
      keyFile: join(this.folder, `${name}.key`),
    };
  }

  private read(pair: { certFile: string; keyFile: string }): Pair {
    return {
      ...pair,
      cert: readFileSync(pair.certFile, 'utf8'),
      key: readFileSync(pair.keyFile, 'utf8'),
    };
  }

  private config(by: Pair, extensions: string[]): string {
    const index = `${by.certFile}.index`;
    writeFileSync(index, '', { flag: 'a' });
    const file = join(this.folder, 'ca.conf');
    writeFileSync(
      file,
      [
        ...['[ca]', 'default_ca = one', '[one]', `database = ${index}`, 'rand_serial = yes'],
        ...[`new_certs_dir = ${this.folder}`, 'default_md = sha256', 'policy = any'],
        ...[`certificate = ${by.certFile}`, `private_key = ${by.keyFile}`, 'unique_subject = no'],
        ...[
          'x509_extensions = v3',
          '[any]',
          'commonName = optional',
          'organizationName = optional',
        ],
        ...['[v3]', 'basicConstraints = CA:FALSE', ...extensions, ''],
      ].join('\n'),
    );
    return file;
  }

  private openssl(...argv: string[]): void {
    execFileSync('openssl', argv, { cwd: this.folder, stdio: 'pipe' });
  }
}

export const forServers = ['extendedKeyUsage = serverAuth'];
export const forClients = ['extendedKeyUsage = clientAuth'];
