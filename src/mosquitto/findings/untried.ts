import type { ServiceState } from '../service.ts';
import { type Finding, found } from './finding.ts';

/**
 * The running broker was started before its unit file, or the program itself, was last changed: nobody
 * knows yet whether it starts with them, and a trial beside it does not tell.
 */
export const untriedStart = ({ changed }: ServiceState): Finding[] =>
  changed.map((file) =>
    found(
      'untried-start',
      'warning',
      { file, line: 1 },
      `${file} was changed after the broker was started: the next restart is the first with it.`,
      'Restart the broker when a short gap does no harm, before you change anything else.',
    ),
  );
