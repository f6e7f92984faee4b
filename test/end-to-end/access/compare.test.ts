import { describe, expect, test } from 'vitest';
import { disagreements } from './agree.ts';
import type { Kind } from './callers.ts';
import { breaches, type Outcome } from './compare.ts';
import type { Answer } from './knock.ts';
import type { Told } from './plan.ts';
import { isReached, sides } from './sockets.ts';
import { cellsOf, type Seen, type Table } from './table.ts';

// What the observer would say of brokers that behave badly: it finds each breach, and nothing where there is none.

type Got = Answer['got'];

const answer = (got: Got): Answer => ({
  got,
  answered: got !== 'absent',
  publishes: got === 'accepted',
  reads: got === 'accepted',
  words: '',
});

/** A table of sockets (`ADDRESS:PORT`) and who gets in there; everybody else is refused. */
function table(sockets: Record<string, Kind[]>, tls: number[] = [8883]): Table {
  const seen = Object.entries(sockets).flatMap(([place, entering]): Seen[] => {
    const colon = place.lastIndexOf(':');
    const socket = { address: place.slice(0, colon), port: Number(place.slice(colon + 1)) };
    const kinds: Kind[] = ['anonymous', 'password', 'made-up', 'certificate', 'newcomer'];
    const answers = Object.fromEntries(
      kinds.map((kind) => [kind, answer(entering.includes(kind) ? 'accepted' : 'refused')]),
    );
    const about = { tls: tls.includes(socket.port), speaks: 'mqtt', answers } as const;
    return sides
      .filter((side) => isReached(socket, side))
      .map((side) => ({ socket, side, ...about }));
  });
  return { seen, cells: cellsOf(seen), kept: null };
}

function told(line: string): Told {
  const [port, address = '', who, from, before, after] = line.split(' ');
  const listener = { port: Number(port), address, protocol: 'mqtt' as const };
  return { event: 'access', listener, who, from, before, after } as Told;
}

const secured: Record<string, Kind[]> = { '0.0.0.0:8883': ['newcomer'] };
const securedTold = ['network', 'here'].flatMap((from) =>
  ['anonymous', 'certificate'].map((who) =>
    told(`8883 0.0.0.0 ${who} ${from} absent ${who === 'anonymous' ? 'refused' : 'accepted'}`),
  ),
);

const outcome = (
  before: Record<string, Kind[]>,
  after: Record<string, Kind[]>,
  lines: string[] = [],
  open: Outcome['open'] = [],
): string[] =>
  breaches({
    before: table(before),
    after: table({ ...after, ...secured }),
    told: [...lines.map(told), ...securedTold],
    open,
    tlsPort: 8883,
  });

const everybody: Kind[] = ['anonymous', 'password', 'made-up'];

describe('what is compared', () => {
  test('a broker that refuses everybody from now on, as its plan says', () => {
    const lines = ['network', 'here'].flatMap((from) =>
      ['anonymous', 'password'].map((who) => `1883 0.0.0.0 ${who} ${from} accepted refused`),
    );
    expect(outcome({ '0.0.0.0:1883': everybody }, { '0.0.0.0:1883': [] }, lines)).toEqual([]);
  });

  test.each<[string, Kind[], Kind[], RegExp]>([
    ['everybody', [], everybody, /^LOOSENED: 1884 · anonymous from the network/],
    ['who has a password', [], ['password'], /^LOOSENED: 1884 · password from the network/],
    ['our certificates elsewhere', [], ['newcomer'], /^LOOSENED: 1884 · newcomer from the network/],
    ['nobody', ['password'], [], /^SHUT OUT UNANNOUNCED: 1884 · password from the network/],
    [
      'no certificate',
      ['certificate'],
      [],
      /^SHUT OUT UNANNOUNCED: 1884 · certificate from the net/,
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
      expect.stringMatching(/^SHUT OUT UNANNOUNCED: 1883 · anonymous from the network/),
    ]);
  });

  test('what stays open, and is not named; what is named, and is not open', () => {
    const same: Record<string, Kind[]> = { '127.0.0.1:1883': everybody };
    expect(outcome(same, same)).toEqual(['STAYS OPEN, NOT NAMED: 1883 · anonymous from here.']);
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
