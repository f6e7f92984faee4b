import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Traced } from '../../src/host/api/trace.ts';
import { hostsAvailable } from '../support/hosts/available.ts';
import { bootHost, type TestHost } from '../support/hosts/host.ts';
import { newHome, reaching } from '../support/program/lockstep.ts';
import { inTurns, type NoRow, type Row } from './row.ts';
import { byHand } from './set-up.ts';

const what = 'set-up, 200 ms of round trip';

/**
 * A set-up over a link on which every round trip takes 200 ms more, with a password for sudo; beside
 * it the article's commands over the same link (without one: a script cannot type it). The actions on
 * the broker's machine are named and counted below the table.
 */
export async function farAway(runs: number): Promise<(Row | NoRow)[]> {
  const can = hostsAvailable();
  if (!can.ok) return [{ what, leftOut: can.reason }];
  let actions: Traced[] = [];
  const ours = async () => {
    await using host = await bootHost({ suite: 'bookworm' });
    await host.delay(200);
    const measured = await tracedSetUp(host);
    actions = measured.actions;
    return measured.seconds;
  };
  const peer = async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'nopasswd' });
    await host.delay(200);
    // Awaited here: the host is gone when this function has returned.
    return await byHand(host);
  };
  const seen = await inTurns(runs, ours, peer, false);
  return [
    {
      what,
      ours: seen.ours,
      peer: { what: "the article's commands, scripted", value: seen.peer },
      unit: 's',
      bound: { of: 'value', atMost: 15 },
      runs,
      below: counted(actions),
    },
  ];
}

async function tracedSetUp(host: TestHost): Promise<{ seconds: number; actions: Traced[] }> {
  await using home = await newHome();
  const file = join(home.folder, 'trace');
  home.environment.LOCKSTEP_TRACE = file;
  const options = await reaching(host, home);
  const began = performance.now();
  const { code, stdout, stderr } = await home.run('run', ...options);
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`the set-up ended with ${code}:\n${stdout}${stderr}`);
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const actions = lines.map((line) => JSON.parse(line) as Traced);
  return { seconds, actions: actions.filter((action) => action.host !== 'local') };
}

/** What was done there, each with how often and how long in all, in the order of the first time. */
function counted(actions: readonly Traced[]): string[] {
  const groups = Map.groupBy(actions, ({ root, what }) => `${root ? 'root' : 'user'}  ${what}`);
  const rows = [...groups].map(([name, all]) => {
    const spent = all.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return `  ${String(all.length).padStart(3)} times  ${(spent / 1000).toFixed(1).padStart(5)} s  ${name}`;
  });
  return [`${actions.length} actions on the broker's machine:`, ...rows];
}
