import { describe, expect, test } from 'vitest';
import type { Kind } from '../knock/call.ts';
import type { Outcome } from './outcome.ts';
import { everybody, others, outcome } from './outcomes.ts';

const named: Kind[] = ['password', 'user-1', 'user-2'];

describe('what a certificate or a name is worth', () => {
  const tls: [number[], number[]] = [[8884], [8884]];
  const at = (kinds: Kind[]): Record<string, Kind[]> => ({ '10.0.0.2:8884': kinds });
  const both = (...words: string[]) =>
    ['the network', 'here'].map((side) =>
      expect.stringMatching(
        new RegExp(`^${words[0]}: 8884 at 10.0.0.2 (· ${words[1]} )?from ${side}: ${words[2]}`),
      ),
    );
  const told = (who: string) =>
    ['network', 'here'].map((from) => `8884 10.0.0.2 ${who} ${from} accepted refused`);

  test('a socket that spoke TLS, and takes passwords in the clear', () => {
    const found = outcome(
      at(['password', 'password-alone']),
      at(['password']),
      [],
      [],
      [[8884], []],
    );
    expect(found).toEqual([
      ...both('LOOSENED', '', 'it spoke TLS only; now password without it'),
      'STAYS OPEN, NOT NAMED: 8884 at 10.0.0.2 · password from network.',
    ]);
    expect(outcome(at(['password']), at([]), told('password'), [], [[8884], []])).toEqual([]);
  });

  test('TLS where there was none is nothing new to whoever gets in', () => {
    const everyone: Kind[] = [...everybody, 'user-1', 'user-2', ...others];
    const open: Outcome['open'] = [{ port: 8884, address: '10.0.0.2', who: 'anonymous' }];
    const before = at([...everybody, 'user-1', 'user-2']);
    expect(outcome(before, at([...everyone, 'newcomer']), [], open, [[], [8884]])).toEqual([]);
  });

  test.each<[string, Kind, Kind[], Kind[], string]>([
    ['a password without its certificate', 'password-alone', ['password'], [], 'password'],
    ['the user of another password file', 'user-2', ['password', 'user-1'], [], 'password'],
    ['a revoked certificate', 'revoked', ['certificate'], [], ''],
    ['a certificate of another authority', 'second-certificate', [], [], 'certificate'],
  ])('%s that gets in now, and one that does no more', (_, kind, as, more, who) => {
    const [without, withIt] = [at([...as, ...more]), at([...as, ...more, kind])];
    expect(outcome(without, withIt, [], [], tls)).toEqual(both('LOOSENED', kind, 'refused'));
    // A revoked one has nothing to lose.
    if (who === '') return expect(outcome(withIt, without, [], [], tls)).toEqual([]);
    const what = who === 'password' ? 'RESTRICTED' : 'SHUT OUT';
    const untold = both(`${what} UNANNOUNCED`, kind, 'accepted');
    expect(outcome(withIt, without, [], [], tls)).toEqual(untold);
  });

  test('two password files that have changed places', () => {
    const found = outcome(at(['password', 'user-1']), at(['password', 'user-2']), [], [], tls);
    expect(found).toEqual([
      ...both('LOOSENED', 'user-2', 'refused'),
      ...both('RESTRICTED UNANNOUNCED', 'user-1', 'accepted'),
    ]);
  });

  test('a loss of names of which the plan speaks', () => {
    const some: Kind[] = [...named, 'password-alone'];
    expect(outcome(at(some), at([]), told('password'), [], tls)).toEqual([]);
    expect(outcome(at(some), at([]), [], [], tls)).toHaveLength(2 * some.length);
  });

  test('names that nobody knows are not taken any more', () => {
    const open: Outcome['open'] = [{ port: 8884, address: '10.0.0.2', who: 'anonymous' }];
    const [before, after] = [at(everybody), at(['anonymous', 'password'])];
    const untold = both('SHUT OUT UNANNOUNCED', 'made-up', 'accepted');
    expect(outcome(before, after, [], open, tls)).toEqual(untold);
    expect(outcome(before, at(['anonymous']), told('password'), open, tls)).toEqual([]);
    // A certificate that was asked for let it in, unless nobody got in by that alone.
    const asked = (...more: Kind[]) =>
      outcome(at(['made-up', ...more]), at([]), told('certificate'), [], tls);
    expect(asked('certificate')).toEqual([]);
    expect(asked()).toContainEqual(untold[0]);
    expect(asked('certificate', 'anonymous')).toContainEqual(untold[0]);
  });
});
