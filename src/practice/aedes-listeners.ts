import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import type { Listener } from '../mosquitto/effective/listener.ts';

/** A listener of the configuration with the files it needs read in. */
export interface StandInListener {
  listener: Listener;
  /** Null: plain MQTT. */
  tls: tls.TlsOptions | null;
  /** The lines of `password_file`; null where there is none. */
  passwords: string | null;
}

/**
 * Reads what the listeners need. Rejects with an Error in mosquitto's words (2.0.11) where it would
 * not start, and in the stand-in's own words for what only the real one can do.
 */
export async function readListeners(listeners: Listener[]): Promise<StandInListener[]> {
  return Promise.all(
    listeners.map(async (listener) => {
      const { settings } = listener;
      if (listener.protocol !== 'mqtt')
        throw new Error(`Error: The stand-in cannot listen for ${listener.protocol}.`);
      if (settings.aclFile) throw new Error('Error: The stand-in cannot use an acl_file.');
      const passwords = settings.passwordFile
        ? await text(
            settings.passwordFile,
            `Error: Unable to open pwfile "${settings.passwordFile}".`,
          )
        : null;
      return { listener, passwords, tls: listener.tls ? await tlsOptions(listener) : null };
    }),
  );
}

async function tlsOptions(listener: Listener): Promise<tls.TlsOptions> {
  const { certfile, keyfile, cafile, crlfile } = listener.settings;
  const unable = 'Error: Unable to load';
  const options: tls.TlsOptions = {
    cert: await text(certfile, `${unable} server certificate "${certfile}". Check certfile.`),
    key: await text(keyfile, `${unable} server key file "${keyfile}". Check keyfile.`),
    ca: cafile && (await text(cafile, `${unable} CA certificates. Check cafile "${cafile}".`)),
    crl:
      crlfile &&
      (await text(crlfile, `${unable} certificate revocation file "${crlfile}". Check crlfile.`)),
    requestCert: listener.requiresClientCertificate,
    rejectUnauthorized: listener.requiresClientCertificate,
    minVersion: versions[listener.minimumTls ?? '1.2'],
  };
  try {
    tls.createSecureContext(options);
  } catch (error) {
    throw new Error(
      `Error: Unable to load server certificate "${certfile}" with key "${keyfile}". (${(error as Error).message})`,
    );
  }
  return options;
}

const versions: Record<string, tls.SecureVersion> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

async function text(path = '', complaint: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${complaint} (${code === 'EACCES' ? 'Permission denied' : code})`);
  }
}
