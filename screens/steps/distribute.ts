import { machineName } from '../../src/host/local/machine-name.ts';
import type { DistributeReport } from '../../src/steps/distribute/distribute.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { hanging, type Line } from '../text/lines.ts';

/** Where each holder's files belong, and whether they are there as they should be. */
export function placeLines({ places }: DistributeReport, width: number, glyphs: Glyphs): Line[] {
  return places.flatMap(({ holder, host, folder, right, detail }) => [
    ...hanging(
      [{ text: `${right ? glyphs.done : glyphs.attention} `, tone: right ? 'good' : 'warning' }],
      `${holder}: ${folder} on ${machineName(host)}`,
      width,
    ),
    ...hanging([{ text: '  ' }], detail, width, 'quiet'),
  ]);
}
