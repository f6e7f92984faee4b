import { expect, test } from 'vitest';
import type { Broker } from '../../src/mosquitto/broker.ts';
import { lookBack, lookBackIn } from '../../src/undo/look-back.ts';

const brokerSaying = (more: object) =>
  ({
    host: { run: async () => ({ code: 0, stdout: '', stderr: '', truncated: false, ...more }) },
    layout: { state: '/var/lib/mqtt-lockstep' },
  }) as unknown as Broker;

test('a look that failed, or was cut, is not told as nothing to undo', async () => {
  expect(await lookBack(brokerSaying({}))).toBeNull();
  for (const bad of [{ code: 1, stderr: 'cat: x: Input/output error' }, { truncated: true }])
    await expect(lookBack(brokerSaying(bad))).rejects.toThrow(
      'What could be undone cannot be told.',
    );
});

test('a folder goes with what is in it, unless something else is there; the oldest word counts', () => {
  const say = (...records: string[]) => lookBackIn(records.map((one) => `${one}\0`).join(''));
  const harden = ['group active mosquitto.service', 'absent /c/a.conf', 'inside /c/a.conf'];
  expect(say(...harden, 'absent /c')).toMatchObject({
    removed: ['/c/a.conf', '/c'],
    left: [],
    ran: true,
  });
  expect(say(...harden, 'inside /c/mine', 'absent /c')).toMatchObject({ left: ['/c'] });
  expect(say('group active u', 'copy /a', 'group inactive u', 'absent /a', 'gone /b')).toEqual({
    ...{ restored: [], removed: ['/a'], left: [], lost: ['/b'], ran: false },
  });
});
