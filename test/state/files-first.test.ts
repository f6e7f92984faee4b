import { expect, test } from 'vitest';
import type { Asks } from '../../src/steps/contract/setup.ts';
import { filesFirst } from '../../state/session/files-first.ts';

const asker = (from: string): Required<Asks> => ({
  hostKey: async () => 'refuse',
  password: async (_, attempt) => `password ${attempt} of ${from}`,
  sudoPassword: async (attempt) => `sudo ${attempt} of ${from}`,
  passphrase: async (_, attempt) => `key ${attempt} of ${from}`,
  keyboardInteractive: async () => [from],
  undoLater: async () => false,
  authorityPassphrase: async (purpose, attempt) => `${purpose} ${attempt} of ${from}`,
});

test('each secret is taken from its file, once, and then asked', async () => {
  const asks = filesFirst(asker('file'), true, asker('screen'));
  expect(await asks.password?.('pi@a', 1)).toBe('password 1 of file');
  expect(await asks.password?.('pi@a', 2)).toBe('password 2 of screen');
  // When somebody tries again, the wrong one is not.
  expect(await asks.password?.('pi@a', 1)).toBe('password 1 of screen');
  expect(await asks.password?.('pi@b', 1)).toBe('password 1 of file');
  expect(await asks.sudoPassword?.(1, 'pi@a')).toBe('sudo 1 of file');
  expect(await asks.sudoPassword?.(2, 'pi@a')).toBe('sudo 2 of screen');
  expect(await asks.passphrase?.('id', 1)).toBe('key 1 of file');
  expect(await asks.passphrase?.('id', 2)).toBe('key 2 of screen');
  expect(await asks.authorityPassphrase('open', 1)).toBe('open 1 of file');
  expect(await asks.authorityPassphrase('open', 2)).toBe('open 2 of screen');
  expect(await asks.authorityPassphrase('create', 1)).toBe('create 1 of file');
});

test('what no file answers is asked', async () => {
  const { authorityPassphrase } = asker('file');
  const asks = filesFirst({ authorityPassphrase }, false, asker('screen'));
  expect(await asks.password?.('pi@a', 1)).toBe('password 1 of screen');
  expect(await asks.sudoPassword?.(1, 'pi@a')).toBe('sudo 1 of screen');
  expect(await asks.passphrase?.('id', 1)).toBe('key 1 of screen');
  expect(await asks.authorityPassphrase('create', 1)).toBe('create 1 of screen');
  expect(await asks.keyboardInteractive?.('pi@a', [])).toEqual(['screen']);
  expect(await asks.hostKey?.({} as never)).toBe('refuse');
});
