import { expect, test } from 'vitest';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { PlainClient, PlainLook } from '../../../src/steps/contract/plain-clients.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import {
  closingOf,
  isAcknowledged,
  openPortNotes,
  stillCome,
} from '../../../src/steps/plain-port/closing.ts';
import { recorded } from '../../../src/steps/plain-port/ledger.ts';

const at = new Date('2026-11-27T12:00:00Z');
const ago = (days: number) => new Date(at.getTime() - days * 86_400_000);
const client = (clientId: string | null, days: number | null): PlainClient => ({
  ...{ clientId, address: '10.0.0.7', user: null, connected: false, endpoint: null },
  ...{ lastSeen: days === null ? null : ago(days), fate: 'refused' },
});
const look = (clients: PlainClient[], since: Date | null = ago(30)): PlainLook => ({
  ...{ clients, since, untold: null, at, tlsClients: new Map() },
});
const answers = defaultAnswers('rock-4se');

test('who was seen within the quiet days keeps the door open, and who nobody knows when', () => {
  const use = look([client('new', 6), client('old', 8), client('undated', null)]);
  const names = (quietDays: number) =>
    stillCome(use, { ...answers, quietDays }).map((one) => one.clientId);
  expect(names(7)).toEqual(['new', 'undated']);
  expect(names(9)).toEqual(['new', 'old', 'undated']);
  expect(names(0)).toEqual([]);
});

test('a client is acknowledged by its id as it is shown, or by its address', () => {
  const by = (...acknowledged: string[]) =>
    isAcknowledged(client('pump\u00b7', 1), { ...answers, acknowledged });
  expect([by('pump\u202e'), by('10.0.0.7'), by('pump'), by()]).toEqual([true, true, false, false]);
});

test('quiet is only what was watched for as long', () => {
  expect(closingOf(look([client('a', 3)]), answers)).toBe('waits');
  expect(closingOf(look([client('a', 8)]), answers)).toBe('due');
  expect(closingOf(look([], ago(1)), answers)).toBe('possible');
  expect(closingOf(look([], null), answers)).toBe('possible');
  const acknowledged = { ...answers, acknowledged: ['a'] };
  expect(closingOf(look([client('a', 1)], ago(1)), acknowledged)).toBe('due');
});

test('why it can be closed says no more than was watched', () => {
  const told = (use: PlainLook, more: Partial<typeof answers> = {}) =>
    openPortNotes({ plainPort: 2883, answers: { ...answers, ...more } } as Setup, use)[0];
  expect(told(look([client('a', 8)]))).toBe(
    'Port 2883 can be closed: nobody was seen there for 7 days.',
  );
  expect(told(look([client('a', 1)], ago(1)), { acknowledged: ['a'] })).toBe(
    'Port 2883 can be closed: nobody but a, who may be locked out, was seen there since 2026-11-26 12:00 UTC; earlier than that is not known.',
  );
  expect(told(look([client('a', 1)]), { acknowledged: ['a'] })).toContain(
    'nobody but a, who may be locked out, was seen there for 7 days.',
  );
  expect(told(look([client('a', 1)]), { quietDays: 0 })).toBe(
    'Port 2883 can be closed: it need not be quiet before (quietDays: 0).',
  );
});

test('the ledger loses nobody with the log, forgets who has moved, and is bounded', () => {
  const first = recorded(undefined, look([client('a', 2), client('b', 1)]));
  const later = recorded(first, { ...look([]), tlsClients: new Map([['b', ago(0.5)]]) });
  expect(later.clients.map((one) => one.clientId)).toEqual(['a']);
  expect(later.since).toBe(ago(30).toISOString());
  // Between the last look and where the log begins somebody may have come.
  const gap = recorded({ ...later, until: ago(3).toISOString() }, look([], ago(1)));
  expect(gap.since).toBe(ago(1).toISOString());
  const many = Array.from({ length: 300 }, (_, n) => client(`id${n}`, n / 100));
  expect(recorded(later, look(many)).clients).toHaveLength(100);
});

test('a connection whose log is gone is still known', () => {
  const pump = { ...client('pump7', 0), connected: true, endpoint: '10.0.0.7 5000' };
  const first = recorded(undefined, look([pump]));
  const unnamed = { ...client(null, 0), connected: true, endpoint: '10.0.0.7 5000' };
  expect(recorded(first, look([unnamed])).clients.map((one) => one.clientId)).toEqual(['pump7']);
});
