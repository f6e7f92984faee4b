import { expect, test } from 'vitest';
import type { Cell } from '../../src/mosquitto/access-table.ts';
import { filesFrom } from '../../src/mosquitto/files.ts';
import { contradictionText } from '../../src/steps/harden-notes.ts';
import { fateOf } from '../../src/steps/plain-port.ts';
import { hardened } from '../mosquitto/hardening.ts';
import { main } from '../mosquitto/reading.ts';

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
  // Who shows a certificate may have no name.
  const shown = [cell('anonymous', 'refused'), { ...cell('certificate', 'accepted'), by: '/a' }];
  expect(fateOf({ address: '192.0.2.9', user: null }, 1883, shown)).toBe('perhaps');
});
