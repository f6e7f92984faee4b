import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretsFromFiles } from '../../src/commands/secrets.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-secrets-'));
  for (const name of ['broker', 'shed']) await writeFile(at(name), `${name}'s\n`, { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true }));

test('a secret goes to one login: the broker, or the one that is named', async () => {
  for (const option of ['passwordFile', 'sudoPasswordFile'] as const) {
    const asks = await secretsFromFiles({ [option]: [at('broker'), `pi@shed=${at('shed')}`] });
    const ask = (who: string, end: boolean) =>
      option === 'passwordFile' ? asks.password?.(who, 1, end) : asks.sudoPassword?.(1, who, end);
    expect(await ask('pi@rock-4se', true)).toBe("broker's");
    expect(await ask('pi@shed', false)).toBe("shed's");
    expect(await ask('pi@gateway', false)).toBeUndefined();
    expect(await ask('pi@rock-4se', false)).toBeUndefined();
  }
});

test('one that others can read is refused', async () => {
  for (const mode of [0o644, 0o640, 0o604, 0o620]) {
    await chmod(at('broker'), mode);
    await expect(secretsFromFiles({ passwordFile: [at('broker')] })).rejects.toMatchObject({
      message: expect.stringContaining('can be read or written by others'),
      next: expect.stringContaining('chmod 600'),
    });
  }
  // What comes through a pipe has no readers but us.
  expect(
    await (await secretsFromFiles({ passwordFile: ['/dev/null'] })).password?.('x', 1, true),
  ).toBe('');
});
