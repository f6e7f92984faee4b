import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';
import { localHost } from '../../../src/host/local/local.ts';
import { type Delivery, deliver, standing } from '../../../src/steps/release/delivery.ts';

const names = ['client.key', 'client.crt', 'root_ca.crt'];

test('what is right is not written again, so that each writing leaves something to be written until it is done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-delivery-'));
  const here = localHost({ name: 'local', kind: 'local' });
  onTestFinished(async () => {
    await here.close();
    await rm(folder, { recursive: true });
  });
  const files: Delivery[] = names.map((name) => ({
    path: join(folder, name),
    bytes: Buffer.from(`that of ${name}`),
    ownership: { mode: 0o600 },
    what: name,
  }));
  const written: string[] = [];
  const write: Host['write'] = async (path, ...rest) => {
    written.push(path);
    // Cut off during it, all the same.
    expect((await standing(here, files, false)).every((one) => one === 'right')).toBe(false);
    await here.write(path, ...rest);
  };
  for (let set = 7; set >= 0; set -= 1) {
    const wrong = files.filter((_, index) => set & (1 << index)).map(({ path }) => path);
    for (const path of wrong) await writeFile(path, 'something else');
    written.length = 0;
    await deliver({ ...here, name: here.name, write }, files, false);
    expect(written).toEqual(wrong);
    expect(await standing(here, files, false)).toEqual(['right', 'right', 'right']);
  }
});
