import { clean } from '../clean.ts';
import type { Broker } from './broker.ts';
import type { Finding } from './findings/finding.ts';
import type { Look } from './look.ts';
import { Refused, startShadow } from './shadow.ts';

/**
 * What the next restart would do: today's files are started beside the live broker, as the service's own
 * user. A broker that serves today and does not start tomorrow is an outage that waits for a reboot. Null
 * when it starts, and when that cannot be tried.
 */
export async function nextRestart(broker: Broker, look: Look): Promise<Finding | null> {
  const { configuration, files } = look;
  if (configuration.error !== null) return null;
  try {
    await (await startShadow(broker, configuration, files)).stop();
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) return null;
    const { file, line } = error.place ?? { file: broker.layout.main, line: 1 };
    return {
      id: 'next-restart-fails',
      severity: 'critical',
      file: clean(file, 200),
      line,
      message: `The broker would not start again: ${error.likely}`,
      fix: 'Put that right before the next restart or reboot; until then the broker goes on as it is.',
    };
  }
}
