import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, statusReport } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

onHosts('a set-up whose proof takes its time', limit, () => {
  // What is kept beside a file until the proof goes later than the broker starts: no edit of anybody.
  test.each(suites)('on %s leaves nothing that looks edited, nor does its undo', async (suite) => {
    await using host = await bootHost({ suite });
    await using home = await newHome();
    const how = await reaching(host, home);
    const slowly = async (command: string) => {
      await host.delay(200);
      expect(await home.run(command, ...how)).toMatchObject({ code: 0 });
      await host.delay(0);
    };
    await slowly('run');
    const { stdout } = await home.run('status', ...how, '--json');
    expect(statusReport.parse(JSON.parse(stdout)).findings).toEqual([]);
    await slowly('undo');
    const audit = await home.run('audit', ...how, '--json');
    const ids = auditReport.parse(JSON.parse(audit.stdout)).findings.map(({ id }) => id);
    expect(ids).not.toContain('edited-since');
  });

  test('and names that somebody takes from a folder, or adds, are still told', async () => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const how = await reaching(host, home);
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    const told = async () => {
      const { stdout } = await home.run('status', ...how, '--json');
      const { findings } = statusReport.parse(JSON.parse(stdout));
      return findings.flatMap(({ id, file }) => (id === 'edited-since' ? [file] : []));
    };
    expect(await told()).toEqual([]);
    const folder = '/etc/mosquitto/conf.d';
    await host.succeed(['sh', '-c', `${observe.aged}; : >${folder}/a.conf && rm ${folder}/a.conf`]);
    expect(await told()).toEqual([folder]);
  });
});
