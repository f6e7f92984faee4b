import { describe, expect, test } from 'vitest';
import { disagreements } from './agree.ts';
import type { Kind } from './callers.ts';
import { breaches, type Outcome } from './compare.ts';
import type { Answer } from './knock.ts';
import type { Told } from './plan.ts';
import { isReached, sides } from './sockets.ts';
import type { Seen, Table } from './table.ts';

// What the observer would say of brokers that behave badly: it finds each breach, and nothing where there is none.

type Got = Answer['got'];

const answer = (got: Got): Answer => ({
  got,
  answered: got !== 'absent',
  publishes: got === 'accepted',
  reads: got === 'accepted',
  words: '',
});

/** Everybody who comes to a plain socket, and to one with TLS. */
const plainly: Kind[] = ['anonymous', 'password', 'user-1', 'user-2', 'made-up'];
const others: Kind[] = ['password-alone', 'certificate', 'second-certificate', 'revoked'];

/** A table of sockets (`ADDRESS:PORT`) and who gets in there; everybody else is refused. */
function table(sockets: Record<string, Kind[]>, tls: number[] = [8883]): Table {
  const seen = Object.entries(sockets).flatMap(([place, entering]): Seen[] => {
    const colon = place.lastIndexOf(':');
    const socket = { address: place.slice(0, colon), port: Number(place.slice(colon + 1)) };
    const isTls = tls.includes(socket.port);
    const kinds = new Set([...plainly, ...(isTls ? [...others, 'newcomer' as const] : entering)]);
    const answers = Object.fromEntries(
      [...kinds].map((kind) => [kind, answer(entering.includes(kind) ? 'accepted' : 'refused')]),
    );
    const about = { tls: isTls, speaks: 'mqtt', answers } as const;
    return sides
      .filter((side) => isReached(socket, side))
      .map((side) => ({ socket, side, ...about }));
  });
  return { seen, kept: null };
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
  /** Ports that speak TLS, before and after. */
  [tlsBefore, tlsAfter]: [number[], number[]] = [[8883], [8883]],
): string[] =>
  breaches({
    before: table(before, tlsBefore),
    after: table({ ...after, ...secured }, [...tlsAfter, 8883]),
    told: [...lines.map(told), ...securedTold],
    open,
    tlsPort: 8883,
  });

const everybody: Kind[] = ['anonymous', 'password', 'made-up'];
const named: Kind[] = ['password', 'user-1', 'user-2'];

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
