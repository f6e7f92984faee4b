import type { Look } from '../inspection/look.ts';
import type { Broker } from '../service/broker.ts';
import type { ServiceState } from '../service/service.ts';
import type { Finding } from './advice/finding.ts';
import { editedFinding, editedSince } from './edited-since.ts';
import { linkFindings } from './link-findings.ts';
import { auditOn } from './named-files.ts';
import { nextBootFindings } from './next-boot.ts';
import { runningFindings, type Shown, stoppedFindings } from './running.ts';

/**
 * All that is to be said of a broker on its machine: where the running one and its files part, what a restart
 * or boot would show, and what the configuration says, with the files that it names.
 */
export async function auditHost(
  broker: Broker,
  looking: Promise<Look>,
  asking: Promise<ServiceState>,
  shown: Shown,
): Promise<Finding[]> {
  const findings = await Promise.all([
    asking.then(async ({ running }) =>
      running
        ? runningFindings(broker, await looking, shown)
        : stoppedFindings(broker, await looking),
    ),
    nextBootFindings(broker),
    looking.then(async ({ configuration }) =>
      (await editedSince(broker, configuration)).map(editedFinding),
    ),
    looking.then((look) => linkFindings(broker, look)),
    looking.then((look) => auditOn(broker, look)),
  ]);
  return findings.flat();
}
