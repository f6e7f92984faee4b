import { probe } from '../mqtt/probe.ts';
import { subjectAltNameProblem } from '../pki/san.ts';

/** More than a certificate for people to read has. */
const most = 50;

/**
 * The names in the certificate that a broker shows at a port now: its clients call it by them, so they are
 * offered for the new one. None where nothing there speaks TLS within two seconds.
 */
export async function namesShown(host: string, port: number): Promise<string[]> {
  const seen = await probe({
    ...{ host, port, protocolVersion: 4, timeoutSeconds: 2 },
    tls: { strict: false },
  });
  const names = seen.tls?.peerNames ?? [];
  return names.filter((name) => subjectAltNameProblem(name) === null).slice(0, most);
}
