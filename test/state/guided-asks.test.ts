import { describe, expect, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import type { Request } from '../../state/machine/machine.ts';
import { guidedAsks } from '../../state/session/guided-asks.ts';

/** Somebody at the screen who gives these answers in turn. */
function person(...answers: (string | null)[]) {
  const seen: Request[] = [];
  const asks = guidedAsks(async (request) => {
    seen.push(request);
    return answers.shift() ?? null;
  });
  return { asks, seen };
}
const key = {
  name: 'rock-4se',
  address: '10.0.0.2',
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
  compareWith: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
  file: '~/.ssh/known_hosts',
};

describe('an unknown host key', () => {
  test('is shown with how to compare it, and "no" is what Enter says', async () => {
    const { asks, seen } = person('accept');
    expect(await asks.hostKey?.(key)).toBe('accept');
    const [request] = seen;
    if (request?.kind !== 'choice') throw new Error('not a choice');
    expect(request.lines.join('\n')).toContain(key.fingerprint);
    expect(request.lines.join('\n')).toContain(key.compareWith);
    expect(request.choices[0]?.value).toBe('refuse');
  });

  test.each([['refuse'], [null], ['']])('%j is no', async (answer) => {
    expect(await person(answer).asks.hostKey?.(key)).toBe('refuse');
  });
});

describe('secrets', () => {
  test('name whose they are and which attempt it is', async () => {
    const { asks, seen } = person('one', 'two', 'three');
    expect(await asks.password?.('pi@rock-4se', 1)).toBe('one');
    expect(await asks.passphrase?.('/home/ann/.ssh/id', 2)).toBe('two');
    expect(await asks.sudoPassword?.(3, 'pi@rock-4se')).toBe('three');
    expect(seen.map(({ label }) => label)).toEqual([
      'Password of pi@rock-4se',
      'Passphrase of /home/ann/.ssh/id',
      'sudo password of pi@rock-4se',
    ]);
    expect(seen.map((request) => (request.kind === 'secret' ? request.attempt : 0))).toEqual([
      1, 2, 3,
    ]);
  });

  test('that are cancelled are given up', async () => {
    const { asks } = person(null, null, null);
    expect(await asks.password?.('pi@rock-4se', 1)).toBeUndefined();
    expect(await asks.passphrase?.('/home/ann/.ssh/id', 1)).toBeUndefined();
    expect(await asks.sudoPassword?.(1, 'pi@rock-4se')).toBeUndefined();
  });

  test('a host that asks several things gets all answers or none', async () => {
    const prompts = [
      { text: 'Code:', echo: false },
      { text: 'PIN:', echo: false },
    ];
    const ask = (...answers: (string | null)[]) =>
      person(...answers).asks.keyboardInteractive?.('pi@gate', prompts);
    expect(await ask('1', '2')).toEqual(['1', '2']);
    expect(await ask('1', null)).toBeUndefined();
  });
});

describe("the passphrase of the authority's key", () => {
  test('is typed twice when it is new, once when it opens', async () => {
    const { asks, seen } = person('open sesame', 'open sesame');
    expect(await asks.authorityPassphrase('create', 1)).toBe('open sesame');
    expect(await asks.authorityPassphrase('open', 1)).toBe('open sesame');
    expect(seen).toMatchObject([{ repeat: true, shortest: 4 }, { repeat: false }]);
  });

  test.each(['', null])('%j is none: nothing is made, and nothing opened', async (answer) => {
    for (const purpose of ['create', 'open'] as const)
      await expect(person(answer).asks.authorityPassphrase(purpose, 1)).rejects.toThrow(Trouble);
  });
});
