import { expect, test } from 'vitest';
import { filesFrom } from '../../src/mosquitto/config/files/files.ts';
import type { Cell } from '../../src/mosquitto/effective/access-table.ts';
import { accessLines } from '../../src/steps/access/access-lines.ts';
import { contradictionText } from '../../src/steps/harden/notes.ts';
import { fateOf } from '../../src/steps/plain-port/plain-port.ts';
import { hardened } from '../support/brokers/hardening.ts';
import { main } from '../support/brokers/reading.ts';

// Sentences that were once said and not so.

async function notesOf(text: string): Promise<string[]> {
  const whole = `${text}include_dir /etc/mosquitto/conf.d\n`;
  const files = filesFrom({ [main]: whole, '/etc/mosquitto/conf.d/README': '' });
  const one = await hardened(files, '2.0.21', 'refuse', 'close');
  return one?.candidate.contradictions.map(contradictionText) ?? [];
}

test('a line that closes is not said to open', async () => {
  expect(await notesOf('allow_anonymous false\nlistener 1883\n')).toEqual([
    `${main}, line 1: "allow_anonymous false" is taken out. It counts for all listeners, and the last one read decides: it is set in access.conf.`,
  ]);
});

test('of two addresses at one port none is said to keep the broker from starting', async () => {
  const at = (address: string) => `listener 8883 ${address}\ncertfile /c/a\nkeyfile /c/b\n`;
  const notes = await notesOf(`listener 1883\n${at('192.0.2.7')}${at('192.0.2.8')}`);
  expect(notes.filter((note) => note.includes('"listener'))).toEqual([
    `${main}, line 2: "listener 8883 192.0.2.7" is taken out. Port 8883 is set up in access.conf.`,
    `${main}, line 5: "listener 8883 192.0.2.8" is taken out. Port 8883 is set up in access.conf.`,
  ]);
});

test('of a client with a name it is said what becomes of who has a password, not of the others', () => {
  const cell = (who: Cell['who'], after: Cell['after']) =>
    ({
      listener: { port: 1883, address: '::(dual)', protocol: 'mqtt' },
      ...{ who, from: 'network', before: 'accepted', after },
    }) as Cell;
  const cells = [cell('anonymous', 'refused'), cell('password', 'accepted')];
  expect(fateOf({ address: '192.0.2.9', user: 'anna' }, 1883, cells)).toBe('stays');
  expect(fateOf({ address: '192.0.2.9', user: null }, 1883, cells)).toBe('refused');
  // Any name did, and now only those of the file do: which anna's is, the log does not tell.
  const looked = [...cells, { ...cell('password', 'refused'), anyName: true as const }];
  expect(fateOf({ address: '192.0.2.9', user: 'anna' }, 1883, looked)).toBe('perhaps');
  // A plugin may not know it, and then it came in as everybody did.
  const byPlugin = [cell('anonymous', 'refused'), cell('plugin', 'accepted')];
  expect(fateOf({ address: '192.0.2.9', user: 'anna' }, 1883, byPlugin)).toBe('perhaps');
  // Of two kinds that have names one stays.
  const two = [cell('password', 'refused'), cell('plugin', 'accepted')];
  expect(fateOf({ address: '192.0.2.9', user: 'anna' }, 1883, two)).toBe('perhaps');
  // Of a connection of which nothing is known it is any of them, or none.
  const some = { address: '192.0.2.9', user: null, unknown: true } as const;
  expect(fateOf(some, 1883, cells)).toBe('perhaps');
  expect(fateOf(some, 1883, [cell('anonymous', 'refused')])).toBe('refused');
  // Who shows a certificate may have no name.
  const shown = [cell('anonymous', 'refused'), { ...cell('certificate', 'accepted'), by: '/a' }];
  expect(fateOf({ address: '192.0.2.9', user: null }, 1883, shown)).toBe('perhaps');
});

test('what becomes of a program on the machine itself is what becomes of the address it comes by', () => {
  const at = (address: string, after: Cell['after']) =>
    ({
      listener: { port: 1883, address, protocol: 'mqtt' },
      ...{ who: 'anonymous', from: 'here', before: 'accepted', after },
    }) as Cell;
  const cells = [at('0.0.0.0', 'accepted'), at('::', 'absent'), at('192.0.2.5', 'absent')];
  const here = (address: string) => fateOf({ address, user: null }, 1883, cells);
  expect([here('127.0.0.1'), here('::1')]).toEqual(['stays', 'nothing-there']);
});

test('of a shared key those without a name are told, too', () => {
  const cell = (more: Partial<Cell>) =>
    ({
      listener: { port: 8885, address: '0.0.0.0', protocol: 'mqtt' },
      ...{ who: 'password', from: 'network', before: 'accepted', after: 'refused', key: true },
      ...more,
    }) as Cell;
  const nobody = cell({ who: 'anonymous', before: 'refused' });
  delete nobody.key;
  const fate = (user: string | null, cells: Cell[]) =>
    fateOf({ address: '192.0.2.9', user }, 8885, [...cells, nobody]);
  expect([fate(null, [cell({})]), fate('bob', [cell({})])]).toEqual(['refused', 'refused']);
  const alone = [cell({ keyAlone: true })];
  expect([fate(null, alone), fate('bob', alone)]).toEqual(['refused', 'perhaps']);
  const client = { lastSeen: null, connected: true, endpoint: null, address: '192.0.2.9' };
  const named = { ...client, clientId: 'named', user: 'bob', port: 8885, fate: 'perhaps' as const };
  const bare = { ...client, clientId: 'bare', user: null, port: 8885, fate: 'refused' as const };
  const use = { clients: [], others: [named, bare], since: null, untold: null, at: new Date() };
  const sides = (cells: Cell[]) => cells.flatMap((one) => [one, { ...one, from: 'here' as const }]);
  const lines = (cells: Cell[]) =>
    accessLines({ cells: sides(cells), plain: 1883, use, authorities: new Map() }).map(
      ({ text }) => text,
    );
  expect(lines([cell({})])).toEqual([
    '8885 · a shared key: refused from now on, 2 seen: named, bare',
  ]);
  expect(lines(alone)).toEqual([
    '8885 · a shared key without a name and password: refused from now on, 1 seen: bare',
  ]);
});
