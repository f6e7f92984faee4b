import { X509Certificate } from 'node:crypto';
import { clean } from '../clean.ts';
import { probe } from '../mqtt/probe.ts';
import type { Broker } from './broker.ts';
import { type Finding, found } from './findings/finding.ts';
import type { Look } from './look.ts';
import { Refused, startShadow } from './shadow.ts';
import { isLocalOnly } from './sockets.ts';
import { seenFrom } from './working-folder.ts';

/**
 * Where the running broker and its files part: it read them when it started, and they may have changed
 * since. For a broker that runs. Takes a second broker's start and a handshake for each TLS listener.
 */
export async function runningFindings(broker: Broker, look: Look): Promise<Finding[]> {
  if (look.configuration.error !== null) return [];
  const both = await Promise.all([nextRestart(broker, look), otherCertificates(broker, look)]);
  return both.flat();
}

/**
 * What the next restart would do: today's files are started beside the live broker, as the service's own
 * user. A broker that serves today and does not start tomorrow is an outage that waits for a reboot.
 */
async function nextRestart(broker: Broker, { configuration, files }: Look): Promise<Finding[]> {
  if (!broker.canShadow) return [];
  try {
    await startShadow(broker, configuration, files, { once: true });
    return [];
  } catch (error) {
    // Anything else says that it could not be tried, not that it would fail.
    if (!(error instanceof Refused)) return [];
    return [
      found(
        'next-restart-fails',
        'critical',
        error.place ?? { file: broker.layout.main, line: 1 },
        `The broker would not start again: ${error.likely}`,
        'Put that right before the next restart or reboot; until then the broker goes on as it is.',
      ),
    ];
  }
}

/** Listeners that show another certificate than the one their `certfile` has now. */
async function otherCertificates(broker: Broker, { configuration }: Look): Promise<Finding[]> {
  const listeners = configuration.memory.listeners.flatMap(({ port, settings, host }) => {
    const certfile = settings.get('certfile');
    const reached = broker.host.kind !== 'ssh' || host === undefined || !isLocalOnly(host);
    return certfile && port > 0 && reached ? [{ port, certfile }] : [];
  });
  const findings = listeners.slice(0, 10).map(async ({ port, certfile }) => {
    const path = String(certfile.value);
    const [onDisk, shown] = await Promise.all([
      broker.host
        .read(seenFrom(broker.layout.cwd, path), { root: true })
        .then(fingerprint, () => null),
      probe({ host: broker.address, port, protocolVersion: 4, tls: { strict: false } }).then(
        ({ tls }) => tls?.peerFingerprint ?? null,
        () => null,
      ),
    ]);
    if (onDisk === null || shown === null || onDisk === shown) return [];
    return [
      found(
        'serves-other-certificate',
        'warning',
        certfile.place,
        `Port ${port} shows another certificate than the one in ${clean(path, 200)}: the broker has not read it since it was changed.`,
        'Restart the broker when a short gap does no harm, and try a client at once.',
      ),
    ];
  });
  return (await Promise.all(findings)).flat();
}

function fingerprint(pem: Buffer | null): string | null {
  try {
    return pem && new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}
