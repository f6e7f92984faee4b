import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { localHost } from '../../src/host/local.ts';
import { hostContract } from './contract.ts';

async function bed(kind: 'local' | 'practice') {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const host = localHost({ name: kind, kind });
  onTestFinished(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });
  return { host, folder };
}

describe('this machine', () => hostContract(() => bed('local')));
describe('the practice host', () => hostContract(() => bed('practice')));

test('the practice host needs no root and leaves owners alone', async () => {
  const { host, folder } = await bed('practice');
  const path = join(folder, 'key');
  const owners = { mode: 0o600, owner: 'no-such-user-here', group: 'none-either' };
  await host.write(path, Buffer.from('k'), owners, { root: true });
  expect(await host.stat([path])).toMatchObject([{ mode: 0o600, size: 1 }]);
});

test('closing ends what still runs', async () => {
  const { host } = await bed('local');
  const running = host.run(['sleep', '300']);
  await host.close();
  expect(
    await running.then(
      ({ signal }) => signal,
      (error) => error.kind,
    ),
  ).toMatch(/SIGTERM|cancel/);
});
