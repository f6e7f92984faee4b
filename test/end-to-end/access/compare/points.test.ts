import { describe, expect, test } from 'vitest';
import type { Kind } from '../knock/call.ts';
import type { Outcome } from './outcome.ts';
import { everybody, outcome } from './outcomes.ts';

describe('the addresses of a port', () => {
  const lan = '10.0.0.2';
  const open = (...addresses: string[]): Outcome['open'] =>
    addresses.map((address) => ({ port: 1883, address, who: 'anonymous' }));
  const at = (...addresses: string[]): Record<string, Kind[]> =>
    Object.fromEntries(addresses.map((address) => [`${address}:1883`, everybody]));
  const finding = (what: string, address: string, side: string) =>
    expect.stringContaining(`${what}: 1883 at ${address} · anonymous from ${side}: `);
  const lost = (address: string, from: string) =>
    `1883 ${address} anonymous ${from} accepted absent`;

  test('one that is gone, while another one stays', () => {
    const stays = open(lan);
    const gone = (lines: string[]) => outcome(at(lan, '127.0.0.1'), at(lan), lines, stays);
    expect(gone([])).toContainEqual(finding('SHUT OUT UNANNOUNCED', '127.0.0.1', 'here'));
    // Not told of the address that is gone.
    const wrong = gone([lost(lan, 'here')]);
    expect(wrong).toContainEqual(finding('SHUT OUT UNANNOUNCED', '127.0.0.1', 'here'));
    expect(wrong).toContainEqual(expect.stringMatching(/^TOLD WRONGLY: .* 1883 at 10.0.0.2/));
    expect(gone([lost('127.0.0.1', 'here')])).toEqual([]);
  });

  test('one that takes somebody new, while another one did already', () => {
    const before = { '127.0.0.1:1883': everybody, [`${lan}:1883`]: ['password'] as Kind[] };
    const found = outcome(before, at('127.0.0.1', lan), [], open('127.0.0.1', lan));
    expect(found).toContainEqual(finding('LOOSENED', lan, 'the network'));
    expect(found).toContainEqual(finding('LOOSENED', lan, 'here'));
  });

  test.each(['0.0.0.0', '*'])('%s serves each of them', (wide) => {
    expect(outcome(at(wide), at(wide), [], open(wide))).toEqual([]);
    const [one, stays] = [at('127.0.0.1', lan), open('127.0.0.1', lan)];
    const lines = ['network', 'here'].map((from) => lost(wide, from));
    const untold = outcome(at(wide), one, [], stays);
    expect(untold).toContainEqual(finding('SHUT OUT UNANNOUNCED', '0.0.0.0', 'the network'));
    expect(untold).not.toContainEqual(finding('SHUT OUT UNANNOUNCED', lan, 'the network'));
    // Programs on the machine have 127.0.0.1 yet, but no IPv6.
    expect(outcome(at(wide), one, wide === '*' ? lines : lines.slice(0, 1), stays)).toEqual([]);
    const wider = outcome(one, at(wide), [], open(wide));
    expect(wider).toContainEqual(finding('LOOSENED', '0.0.0.0', 'the network'));
    expect(wider).not.toContainEqual(finding('LOOSENED', lan, 'the network'));
  });

  test('a socket for both families, and one for each', () => {
    const stays = open('0.0.0.0', '::');
    expect(outcome(at('*'), at('0.0.0.0', '::'), [], stays)).toEqual([]);
    expect(outcome(at('0.0.0.0', '::'), at('*'), [], open('::(dual)'))).toEqual([]);
    const half = outcome(at('*'), at('0.0.0.0'), [], open('0.0.0.0'));
    expect(half).toContainEqual(finding('SHUT OUT UNANNOUNCED', '::', 'the network'));
    expect(half).toContainEqual(finding('SHUT OUT UNANNOUNCED', '::', 'here'));
  });

  test('on the machine nobody is new at 127.0.0.1 who got in at another address of the port', () => {
    const lines = ['network', 'here'].map((from) => lost(lan, from));
    expect(outcome(at(lan), at('127.0.0.1'), lines, open('127.0.0.1'))).toEqual([]);
    const closed = { [`${lan}:1883`]: [] };
    expect(outcome(closed, at('127.0.0.1'), [], open('127.0.0.1'))).toContainEqual(
      finding('LOOSENED', '127.0.0.1', 'here'),
    );
  });
});
