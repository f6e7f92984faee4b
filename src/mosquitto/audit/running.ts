import { X509Certificate } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { seenFrom } from '../config/files/working-folder.ts';
import type { Plugin } from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import type { Look } from '../inspection/look.ts';
import type { Broker } from '../service/broker.ts';
import { pluginWords, Refused, startTrial } from '../trial/trial.ts';
import { type Finding, found } from './advice/finding.ts';

/**
 * The fingerprint (SHA-256) of the certificate that a port of the running broker shows; null where none was seen.
 * How it is reached is the caller's to know: its address may be another machine's from here.
 */
export type Shown = (port: number, look: Look) => Promise<string | null>;

/**
 * Where the running broker and its files part: it read them when it started, and they may have changed
 * since. For a broker that runs. Takes a second broker's start and a handshake for each TLS listener.
 */
export async function runningFindings(
  broker: Broker,
  look: Look,
  shown: Shown,
): Promise<Finding[]> {
  if (look.configuration.error !== null) return [];
  const both = await Promise.all([
    nextRestart(broker, look, 'would not start again'),
    otherCertificates(broker, look, shown),
  ]);
  return both.flat();
}

/** Of a broker that does not run: that, and why, as far as a start beside the service shows it. */
export async function stoppedFindings(broker: Broker, look: Look): Promise<Finding[]> {
  const { layout, service } = broker;
  const start = service.restartCommand.replace('restart', 'start');
  const stopped = found(
    'not-running',
    'warning',
    { file: layout.main, line: 1 },
    'The broker does not run.',
    service.unmanaged?.next ??
      `Put right what keeps it from starting, if anything does; then: ${start}`,
  );
  const tried =
    look.configuration.error === null ? await nextRestart(broker, look, 'does not start') : [];
  return [stopped, ...tried];
}

/**
 * What the next restart would do: today's files are started beside the live broker, as the service's own
 * user. A broker that serves today and does not start tomorrow is an outage that waits for a reboot.
 * What could not be tried, or only in part, is said to be so.
 */
async function nextRestart(
  broker: Broker,
  { configuration, files }: Look,
  what: 'would not start again' | 'does not start',
): Promise<Finding[]> {
  if (!broker.canTry) return [];
  const main = { file: broker.layout.main, line: 1 };
  try {
    const { without } = await startTrial(broker, configuration, files, { once: true });
    return without.length === 0 ? [] : [untriedWith(without)];
  } catch (error) {
    if (!(error instanceof Refused))
      return error instanceof Trouble ? [untried(main, error.message, error.next)] : [];
    const { place, likely, without } = error;
    if (without.length > 0) return [untriedWith(without, likely)];
    return [
      found(
        'next-restart-fails',
        'critical',
        place ?? main,
        `The broker ${what}: ${likely}`,
        what === 'does not start'
          ? 'Put that right, then start it.'
          : 'Put that right before the next restart or reboot; until then the broker goes on as it is.',
      ),
    ];
  }
}

/** A trial without some plugins shows neither that the broker would start again, nor that it would not. */
function untriedWith(without: Plugin[], failure?: string): Finding {
  const first = without[0]?.place ?? { file: '', line: 1 };
  const what = `it was tried without ${pluginWords(without)}`;
  return failure === undefined
    ? untried(first, what)
    : { ...untried(first, `${what}, and does not start so: ${failure}`), severity: 'warning' };
}

const untried = (place: Place, why: string, next = restartOnce): Finding =>
  found(
    'next-restart-untried',
    'note',
    place,
    `Whether the broker would start again is not known: ${why}`,
    next,
  );

const restartOnce = 'Restart it when a short gap does no harm, and try a client at once.';

/** Listeners that show another certificate than the one their `certfile` has now. */
async function otherCertificates(broker: Broker, look: Look, shown: Shown): Promise<Finding[]> {
  const listeners = look.configuration.memory.listeners.flatMap(({ port, settings }) => {
    const certfile = settings.get('certfile');
    return certfile && port > 0 ? [{ port, certfile }] : [];
  });
  const findings = listeners.slice(0, 10).map(async ({ port, certfile }) => {
    const path = String(certfile.value);
    const [onDisk, seen] = await Promise.all([
      broker.host
        .read(seenFrom(broker.layout.cwd, path), { root: true })
        .then(fingerprint, () => null),
      shown(port, look).catch(() => null),
    ]);
    if (onDisk === null || seen === null || onDisk === seen) return [];
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
