import type { ProgramResult } from '../../support/hosts/program.ts';

/** What a program has said of the broker: how it serves now, and how once nothing waits any more. */
export interface Said {
  now: 'old' | 'new' | null;
  atEnd: 'old' | 'new' | null;
}

/** The claims in what a run (`--json`) printed. One that was killed claims nothing at its end. */
export function saidBy({ stdout, stderr, code }: ProgramResult): Said {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const result = /^\{.*"result":"([a-z-]+)"/.exec(last)?.[1] ?? null;
  if (code === null || result === null) return { now: null, atEnd: null };
  if (result === 'secured' || result === 'unchanged') return { now: 'new', atEnd: 'new' };
  const old = /as it did before|was not touched|othing was changed/.test(stderr);
  if (result === 'rolled-back' || old) return { now: 'old', atEnd: 'old' };
  if (/puts the change back by itself/.test(stderr)) return { now: null, atEnd: 'old' };
  return { now: null, atEnd: null };
}
