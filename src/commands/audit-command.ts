import { resolve } from 'node:path';
import { untriedStart } from '../mosquitto/findings/untried.ts';
import { lookAt } from '../mosquitto/look.ts';
import { auditOn } from '../mosquitto/named-files.ts';
import { runningFindings } from '../mosquitto/running.ts';
import type { Setup } from '../steps/setup.ts';
import { Trouble } from '../trouble.ts';
import { type AuditReport, auditFolder, auditReport, auditText } from './audit.ts';
import type { Options } from './options.ts';

/**
 * `audit`: of a folder (with `--config`, then no broker is touched), else of the broker that the
 * options name.
 */
export async function auditCommand(
  options: Options,
  withSetup: (act: (setup: Setup) => Promise<void>) => Promise<void>,
): Promise<{ value: AuditReport; text: string[] }> {
  if (options.config !== undefined) {
    if (options.brokerVersion === undefined)
      throw new Trouble('Which version is the configuration for?', {
        likely: 'Mosquitto reads the same file differently from version to version.',
        next: 'Give it with --broker-version, for example 2.0.11.',
        exitCode: 2,
      });
    const value = await auditFolder(resolve(options.config), options.brokerVersion);
    return { value, text: auditText(value) };
  }
  let value: AuditReport | null = null;
  await withSetup(async (setup) => {
    const look = await lookAt(setup.broker);
    const state = await setup.broker.service.state();
    const [now, files] = await Promise.all([
      state.running ? runningFindings(setup.broker, look) : [],
      auditOn(setup.broker, look),
    ]);
    value = auditReport(look.effective, [...now, ...untriedStart(state), ...files]);
  });
  if (value === null) throw new Error('the broker was not looked at');
  return { value, text: auditText(value) };
}
