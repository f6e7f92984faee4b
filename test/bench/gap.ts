import { watch } from '../faults/stage/watch.ts';
import { hostsAvailable } from '../support/hosts/available.ts';
import { bootHost } from '../support/hosts/host.ts';
import { newHome, reaching } from '../support/program/lockstep.ts';
import { median, type NoRow, type Row } from './row.ts';

const what = 'longest gap in service of a set-up';

/**
 * The longest time without service in a whole set-up; beside it a bare restart of the same broker on
 * the same host, before it, seen by the same watcher.
 */
export async function gap(runs: number): Promise<(Row | NoRow)[]> {
  const can = hostsAvailable();
  if (!can.ok) return [{ what, leftOut: can.reason }];
  const ours: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using host = await bootHost({ suite: 'bookworm' });
    await using home = await newHome();
    const during = async (act: () => Promise<unknown>) => {
      const watching = await watch(host, home);
      await act();
      return watching.end();
    };
    bare.push(await during(() => host.succeed(['systemctl', 'restart', 'mosquitto'])));
    const options = await reaching(host, home);
    ours.push(
      await during(async () => {
        const { code, stdout, stderr } = await home.run('run', ...options);
        if (code !== 0) throw new Error(`the set-up ended with ${code}:\n${stdout}${stderr}`);
      }),
    );
  }
  return [
    {
      what,
      ours: median(ours),
      peer: { what: 'systemctl restart mosquitto', value: median(bare) },
      unit: 'ms',
      bound: { of: 'excess', atMost: 300 },
      runs,
    },
  ];
}
