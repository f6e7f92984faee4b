import { Trouble } from '../errors/trouble.ts';
import { auditHost } from '../mosquitto/audit/audit-host.ts';
import { lookAt } from '../mosquitto/inspection/look.ts';
import type { Setup } from '../steps/contract/setup.ts';
import { shownBy } from '../steps/run/shown.ts';
import { type AuditReport, auditFolder, auditReport, auditText, isPartial } from './audit.ts';
import type { Options } from './options.ts';

/**
 * `audit`: of a folder (with `--config`, then no broker is touched), else of the broker that the
 * options name. Exit code 1 where a part was not read: the report is not all there is.
 */
export async function auditCommand(
  options: Options,
  withSetup: (act: (setup: Setup) => Promise<void>) => Promise<void>,
): Promise<{ value: AuditReport; text: string[]; exitCode: 0 | 1 }> {
  if (options.config !== undefined) {
    if (options.brokerVersion === undefined)
      throw new Trouble('Which version is the configuration for?', {
        likely: 'Mosquitto reads the same file differently from version to version.',
        next: 'Give it with --broker-version, for example 2.0.11.',
        exitCode: 2,
      });
    const value = await auditFolder(options.config, options.brokerVersion);
    return { value, text: auditText(value), exitCode: isPartial(value) ? 1 : 0 };
  }
  let value: AuditReport | null = null;
  await withSetup(async (setup) => {
    const looking = lookAt(setup.broker, { partly: true });
    const findings = await auditHost(
      setup.broker,
      looking,
      setup.broker.service.state(),
      shownBy(setup),
    );
    value = auditReport((await looking).effective, findings);
  });
  if (value === null) throw new Error('the broker was not looked at');
  return { value, text: auditText(value), exitCode: isPartial(value) ? 1 : 0 };
}
