/** One measurement beside its peer, taken in turns in the same run. */
export interface Row {
  what: string;
  /** Median of ours and of the peer's, in `unit`; where it says "never", the worst. */
  ours: number;
  peer: { what: string; value: number };
  unit: 'ms' | 's' | 'bytes';
  /** What has a bound: ours itself, or ours divided by the peer's. */
  /** … or by how much ours exceeds the peer's. */
  bound: { of: 'value' | 'ratio' | 'excess'; atMost: number };
  runs: number;
  /** Lines that tell more, below the table. */
  below?: string[];
}

/** A row that could not be measured on this machine, and why. */
export interface NoRow {
  what: string;
  leftOut: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Measures both in turns, so that what else the machine does meets both alike; who begins changes
 * every time. The first of each is not counted: it fills caches.
 */
export async function inTurns(
  runs: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
  warmUp = true,
): Promise<{ ours: number; peer: number }> {
  if (warmUp) {
    await ours();
    await peer();
  }
  const seen = { ours: [] as number[], peer: [] as number[] };
  for (let run = 0; run < runs; run++) {
    const order = run % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const which of order) seen[which].push(await (which === 'ours' ? ours() : peer()));
  }
  return { ours: median(seen.ours), peer: median(seen.peer) };
}

/** The number that the bound is for. */
export const measured = ({ ours, peer, bound }: Row): number =>
  ({ ratio: ours / peer.value, excess: ours - peer.value, value: ours })[bound.of];

export const holds = (row: Row): boolean => measured(row) <= row.bound.atMost;
