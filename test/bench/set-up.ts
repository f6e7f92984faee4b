import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostsAvailable } from '../support/hosts/available.ts';
import { bootHost, type TestHost } from '../support/hosts/host.ts';
import { succeed } from '../support/hosts/program.ts';
import { newHome } from '../support/program/lockstep.ts';
import { inTurns, type NoRow, type Row } from './row.ts';

const script = fileURLToPath(new URL('by-hand.sh', import.meta.url));
const what = 'unattended set-up over SSH';

/**
 * From an open broker on Debian bookworm to a secured and proved one, over SSH; beside it the
 * article's commands in a plain script. Every run has a host of its own, newly booted.
 */
export async function setUp(runs: number): Promise<(Row | NoRow)[]> {
  const can = hostsAvailable();
  if (!can.ok) return [{ what, leftOut: can.reason }];
  const seen = await inTurns(
    runs,
    () => onHost(unattended),
    () => onHost(byHand),
    false,
  );
  return [
    {
      what,
      ours: seen.ours,
      peer: { what: "the article's commands, scripted", value: seen.peer },
      unit: 's',
      bound: { of: 'ratio', atMost: 2 },
      runs,
    },
  ];
}

/** Seconds that it takes on a host of its own. */
async function onHost(act: (host: TestHost) => Promise<number>): Promise<number> {
  await using host = await bootHost({ suite: 'bookworm', variant: 'nopasswd' });
  return await act(host);
}

async function unattended({ address, ssh }: TestHost): Promise<number> {
  await using home = await newHome();
  const began = performance.now();
  const { code, stdout, stderr } = await home.run(
    ...['run', '--broker', `${ssh.user}@${address}`, '--identity', ssh.keyFile],
    ...['--accept-host-key', ssh.fingerprints['ssh-ed25519'] ?? ''],
  );
  const took = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`the set-up ended with ${code}:\n${stdout}${stderr}`);
  return took;
}

/** Seconds that the article's commands take, as a script. */
export async function byHand({ address, ssh }: TestHost): Promise<number> {
  await using home = await newHome();
  const began = performance.now();
  const folder = join(home.folder, 'ca');
  await succeed(['sh', script, folder, address, ssh.keyFile, ssh.knownHostsFile, ssh.user]);
  return (performance.now() - began) / 1000;
}
