import type { AnonymousReport } from '../../src/steps/anonymous/anonymous.ts';
import type { AuthorityReport } from '../../src/steps/authority/authority.ts';
import type { CertificatesReport } from '../../src/steps/certificates/certificates.ts';
import type { Evidence } from '../../src/steps/contract/evidence.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import type { DistributeReport } from '../../src/steps/distribute/distribute.ts';
import type { HardenReport } from '../../src/steps/harden/plan.ts';
import type { InspectReport } from '../../src/steps/inspect/inspect.ts';
import type { State } from '../../state/machine/machine.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Line } from '../text/lines.ts';
import { evidenceLines } from '../views/evidence.ts';
import { anonymousLines } from './anonymous.ts';
import { authorityLines } from './authority.ts';
import { chainLines } from './certificates.ts';
import { placeLines } from './distribute.ts';
import { hardenLines } from './harden.ts';
import { inspectLines } from './inspect.ts';

/** What is special in what a step saw; empty where its one line of detail says it all. */
export function reportLines(state: State, id: StepId, width: number, glyphs: Glyphs): Line[] {
  const report = state.steps[id].check?.report ?? null;
  if (report === null) return [];
  // A step's check makes the report that its screen draws: the id says which.
  switch (id) {
    case 'inspect':
      return inspectLines(report as InspectReport, state.broker?.caveats ?? [], width);
    case 'anonymous':
      return anonymousLines(report as AnonymousReport, width);
    case 'authority':
      return authorityLines(report as AuthorityReport, width);
    case 'certificates':
      return chainLines(
        report as CertificatesReport,
        state.answers.authority.subject.commonName,
        width,
        glyphs,
      );
    case 'distribute':
      return placeLines(report as DistributeReport, width, glyphs);
    case 'harden':
      return hardenLines(report as HardenReport, width);
    case 'verify':
      return evidenceLines(report as Evidence[], width, glyphs);
  }
}
