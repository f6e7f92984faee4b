import { expect, test } from 'vitest';
import { steps } from '../../../src/steps/index.ts';
import { openHere } from '../../faults/stage/session.ts';
import { setStage } from '../../faults/stage/stage.ts';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// The broker starts with all of its configuration, also with what somebody writes while the change is being agreed to.

onHosts(
  'somebody writes into the configuration between the plan of Harden and the change',
  limit,
  () => {
    test.each([
      ['a line that does not load', '/etc/mosquitto/mosquitto.conf', 'bogus_option 1\n'],
      [
        'another listener',
        '/etc/mosquitto/conf.d/zz.conf',
        'listener 1885\nallow_anonymous true\n',
      ],
    ])('%s: it stops, and the broker serves on', async (_, path, text) => {
      await using host = await bootHost({ suite: 'trixie' });
      await using home = await newHome();
      await openHere(await setStage(host.suite, host, home), async (setup) => {
        for (const step of steps) {
          const { look } = await step.check(setup);
          const planned = await step.plan(setup, look);
          const applied = (async () => {
            if (step.id === 'harden')
              await host.succeed(['sh', '-c', 'printf %s "$2" >>"$1"', 'x', path, text]);
            for await (const _event of step.apply(setup, planned));
          })();
          if (step.id !== 'harden') {
            await applied;
            continue;
          }
          const at = path.endsWith('zz.conf') ? '/etc/mosquitto/conf.d' : path;
          await expect(applied).rejects.toThrow(
            `${at} was changed since the change to it was shown`,
          );
          break;
        }
      });
      expect(await observe.anonymous(host)).toBe(0);
      expect(await observe.anonymous(host, 1885)).not.toBe(0);
      expect(await host.exec(['test', '-e', '/var/lib/mqtt-lockstep/armed'])).toMatchObject({
        code: 1,
      });
    });
  },
);
