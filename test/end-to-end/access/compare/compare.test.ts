import { describe, expect, test } from 'vitest';
import type { Kind } from '../knock/call.ts';
import { disagreements } from './agree.ts';
import type { Outcome } from './outcome.ts';
import { everybody, outcome, table } from './outcomes.ts';

// What the observer would say of brokers that behave badly: it finds each breach, and nothing where there is none.

describe('what is compared', () => {
  test('a broker that refuses everybody from now on, as its plan says', () => {
    const lines = ['network', 'here'].flatMap((from) =>
      ['anonymous', 'password'].map((who) => `1883 0.0.0.0 ${who} ${from} accepted refused`),
    );
    expect(outcome({ '0.0.0.0:1883': everybody }, { '0.0.0.0:1883': [] }, lines)).toEqual([]);
  });

  test.each<[string, Kind[], Kind[], RegExp]>([
    ['everybody', [], everybody, /^LOOSENED: 1884 at 0.0.0.0 · anonymous from the network/],
    [
      'who has a password',
      [],
      ['password'],
      /^LOOSENED: 1884 at 0.0.0.0 · password from the network/,
    ],
    [
      'our certificates elsewhere',
      [],
      ['newcomer'],
      /^LOOSENED: 1884 at 0.0.0.0 · newcomer from the network/,
    ],
    [
      'nobody',
      ['password'],
      [],
      /^SHUT OUT UNANNOUNCED: 1884 at 0.0.0.0 · password from the network/,
    ],
    [
      'no certificate',
      ['certificate'],
      [],
      /^SHUT OUT UNANNOUNCED: 1884 at 0.0.0.0 · certificate from the net/,
    ],
  ])('a listener that now lets in %s, unsaid', (_, before, after, finding) => {
    const found = outcome({ '0.0.0.0:1884': before }, { '0.0.0.0:1884': after });
    expect(found).toContainEqual(expect.stringMatching(finding));
  });

  test('passwords of which the plan says that they are refused', () => {
    const lines = ['network', 'here'].map(
      (from) => `1883 0.0.0.0 password ${from} accepted refused`,
    );
    const open: Outcome['open'] = [{ port: 1883, address: '0.0.0.0', who: 'password' }];
    const same: Record<string, Kind[]> = { '0.0.0.0:1883': ['password'] };
    expect(outcome(same, same, lines, open)).toEqual([
      expect.stringMatching(
        /^TOLD WRONGLY: .*password from network: accepted -> refused; password met accepted -> accepted/,
      ),
      expect.stringMatching(/^TOLD WRONGLY: .*password from here/),
    ]);
  });

  test('a port that only its own machine reaches now is another one only for the network', () => {
    const lines = ['1883 0.0.0.0 anonymous network accepted absent'];
    const open: Outcome['open'] = [{ port: 1883, address: '127.0.0.1', who: 'anonymous' }];
    const before = { '0.0.0.0:1883': everybody };
    expect(outcome(before, { '127.0.0.1:1883': everybody }, lines, open)).toEqual([]);
    expect(outcome(before, { '127.0.0.1:1883': everybody }, [], open)).toEqual([
      expect.stringMatching(/^SHUT OUT UNANNOUNCED: 1883 at 0.0.0.0 · anonymous from the network/),
      expect.stringMatching(/^SHUT OUT UNANNOUNCED: 1883 at 0.0.0.0 · made-up from the network/),
    ]);
  });

  test('what stays open, and is not named; what is named, and is not open', () => {
    const same: Record<string, Kind[]> = { '127.0.0.1:1883': everybody };
    expect(outcome(same, same)).toEqual([
      'STAYS OPEN, NOT NAMED: 1883 at 127.0.0.1 · anonymous from here.',
    ]);
    const open: Outcome['open'] = [{ port: 1886, address: '0.0.0.0', who: 'anonymous' }];
    expect(outcome({}, {}, [], open)).toEqual([
      'CALLED OPEN, BUT IS NOT: 1886 at 0.0.0.0 · anonymous.',
    ]);
  });

  test('an audit that says another thing than the broker does', () => {
    const listener = (port: number, anonymous: 'accepted' | 'refused') => ({
      ...{ port, addresses: ['0.0.0.0'], protocol: 'mqtt' as const, tls: false, anonymous },
      ...{ requiresClientCertificate: false, minimumTls: null },
    });
    const says = (...listeners: ReturnType<typeof listener>[]) =>
      disagreements(
        { loads: true, firstError: null, listeners, findings: [] },
        table({ '0.0.0.0:1883': everybody }),
      );
    expect(says(listener(1883, 'accepted'))).toEqual([]);
    expect(says(listener(1883, 'refused'))).toEqual([
      'AUDIT: 1883 · anonymous: it says refused; met accepted.',
    ]);
    expect(says(listener(1884, 'refused'))).toEqual([
      'AUDIT: nothing listens at 0.0.0.0:1884.',
      'AUDIT: says nothing of 0.0.0.0:1883.',
    ]);
  });
});

describe('the words for what stays open', () => {
  const at = (kinds: Kind[]): Record<string, Kind[]> => ({ '10.0.0.2:8884': kinds });
  const open = (who: Outcome['open'][number]['who']): Outcome['open'] => [
    { port: 8884, address: '10.0.0.2', who },
  ];
  const found = (kinds: Kind[], who: Outcome['open'][number]['who'], tls: number[]) =>
    outcome(at(kinds), at(kinds), [], open(who), [tls, tls]);

  test('certificates of old', () => {
    expect(found(['certificate'], 'certificate', [8884])).toEqual([]);
    expect(found(['second-certificate'], 'certificate', [8884])).toEqual([]);
    expect(found(['password'], 'certificate', [8884])).toEqual([
      'CALLED OPEN, BUT IS NOT: 8884 at 10.0.0.2 · certificate.',
    ]);
  });

  test('a name that a password file knows, and a plugin too', () => {
    expect(found(['password', 'plugin'], 'password', [])).toEqual([]);
    expect(found(['password', 'plugin'], 'plugin', [])).toEqual([]);
    expect(found(['plugin'], 'plugin', [])).toEqual([]);
    expect(found(['plugin'], 'password', [])).toContain(
      'STAYS OPEN, NOT NAMED: 8884 at 10.0.0.2 · plugin from network.',
    );
  });
});

test('a name of a plugin, of which the plan speaks as one that no password file knows', () => {
  const before: Record<string, Kind[]> = { '10.0.0.2:1884': ['password', 'plugin'] };
  const lines = ['network', 'here'].flatMap((from) => [
    `1884 10.0.0.2 password ${from} refused absent`,
    `1884 10.0.0.2 plugin ${from} accepted absent`,
    `1884 10.0.0.2 anonymous ${from} refused absent`,
  ]);
  expect(outcome(before, {}, lines)).toEqual([]);
  expect(outcome({ '10.0.0.2:1884': ['password'] }, {}, lines.slice(0, 1))).toContainEqual(
    expect.stringMatching(/^TOLD WRONGLY: .* password from network: refused -> absent/),
  );
});
