import { expect, test } from 'vitest';
import { steps } from '../../../src/steps/index.ts';
import { openHere } from '../../faults/stage/session.ts';
import { setStage } from '../../faults/stage/stage.ts';
import { bootHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

onHosts('the plans of a real broker', limit, () => {
  test.each(suites)('are plain data without a key, in all seven steps, on %s', async (suite) => {
    await using host = await bootHost({ suite });
    await using home = await newHome();
    const planned: Record<string, number> = {};
    await openHere(await setStage(host.suite, host, home), async (setup) => {
      for (const step of steps) {
        const { look } = await step.check(setup);
        const plan = await step.plan(setup, look);
        const text = JSON.stringify(plan.shown);
        expect(JSON.parse(text)).toStrictEqual(plan.shown);
        expect(text).not.toMatch(/PRIVATE KEY|"type":"Buffer"/);
        planned[step.id] = plan.shown.changes.length;
        for await (const event of step.apply(setup, plan))
          if (event.kind === 'change') expect(plan.shown.changes).toContainEqual(event.change);
        expect((await step.prove(setup)).filter(({ pass }) => !pass)).toEqual([]);
      }
    });
    const { inspect, anonymous, verify, ...changing } = planned;
    expect([inspect, anonymous, verify]).toEqual([0, 0, 0]);
    expect(Object.values(changing).every((count) => count > 0)).toBe(true);
  });
});
