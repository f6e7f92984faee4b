import { join } from 'node:path';
import { append, lastOf, type Recorded } from './records.ts';
import { variable } from './results.ts';

/** What came of one of the many points of a row. */
interface Point extends Recorded {
  point: string;
  /** What the row makes its figure of. */
  measured: number;
}

/**
 * Meets a point of a row, and gives what it measured. Where results are kept and it held before, it is not met again:
 * a row of hundreds of points may take longer than anybody can leave a machine alone.
 */
export async function metOnce(point: string, meet: () => Promise<number>): Promise<number> {
  const results = process.env[variable];
  const folder = results && join(results, 'points');
  const before =
    folder && lastOf<Point>(folder, (one) => one.point).find((one) => one.point === point);
  if (before && !before.failed) return before.measured;
  const record = (one: Omit<Point, 'point'>) => append(folder, { point, ...one } as Point);
  try {
    const measured = await meet();
    record({ measured, failed: null });
    return measured;
  } catch (error) {
    record({ measured: 0, failed: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
