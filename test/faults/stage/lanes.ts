import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import type { Suite } from '../../support/hosts/suites.ts';

/**
 * Meets every point on hosts of one suite, on so many of them at once. A host serves for one point after
 * the other, as each ends with everything undone; where that failed, the lane goes on with a new one. All
 * points are met whatever fails; then the failures are thrown, each with its point.
 */
export async function lanes(
  suite: Suite,
  count: number,
  points: readonly number[],
  meet: (host: TestHost, point: number) => Promise<void>,
): Promise<void> {
  const waiting = [...points];
  const failures: string[] = [];
  const lane = async () => {
    let host: TestHost | undefined;
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      host ??= await bootHost({ suite });
      try {
        await meet(host, point);
      } catch (error) {
        failures.push(`at ${point}: ${error instanceof Error ? error.message : String(error)}`);
        await host.close();
        host = undefined;
      }
    }
    await host?.close();
  };
  await Promise.all(Array.from({ length: Math.min(count, points.length) }, lane));
  if (failures.length === 0) return;
  throw new Error(`${failures.length} of ${points.length} failed:\n${failures.join('\n\n')}`);
}
