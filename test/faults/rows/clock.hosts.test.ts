import { expect } from 'vitest';
import { setClock, wrongClocks } from '../../support/hosts/weather/clock.ts';
import * as observe from '../../support/observe/observer.ts';
import { fault, resultOf, type Stage } from '../stage/stage.ts';

/** A certificate that would not be valid there is not brought there; with the right time it goes on. */
const behind =
  (clock: keyof typeof wrongClocks) =>
  async ({ host, before, lockstep }: Stage): Promise<string> => {
    await setClock(host, wrongClocks[clock]);
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stdout).toBe('failed');
    expect(run.stderr).toMatch(/clock of .* behind/);
    expect(run.stderr).toMatch(/Next: +\w/);
    expect(await observe.tree(host)).toBe(before.tree);
    expect(await observe.anonymous(host)).toBe(before.anonymous);
    await setClock(host, 0);
    return 'refused, untouched';
  };

fault('13-clock-behind', behind('a day behind'));
fault('13-clock-1970', behind('in 1970'));

fault(
  '13-clock-ahead',
  async ({ host, home, lockstep }) => {
    await setClock(host, wrongClocks['a year ahead']);
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toBe('secured');
    expect(run.stdout).toMatch(/clock of .* is 1 year ahead/);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    await setClock(host, 0);
    return 'secured, told';
  },
  { fakedTimes: true },
);
