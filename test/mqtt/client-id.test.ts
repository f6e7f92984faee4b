import { expect, onTestFinished, test } from 'vitest';
import { isOwnClientId, ownClientId } from '../../src/mqtt/client-id.ts';
import { probe } from '../../src/mqtt/probe.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');

test.skipIf(!mosquitto)('who begins its id as the broker wants it is let in', async () => {
  const port = await freePort();
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'clientid_prefixes meter-'];
  const broker = await startMosquitto(mosquitto ?? '', temporaryFolder(), lines);
  onTestFinished(() => broker.stop());
  const knock = (clientIdPrefix?: string) =>
    probe({ host: '127.0.0.1', port, protocolVersion: 4, clientIdPrefix });
  expect(await knock('meter-')).toMatchObject({ observed: 'accepted' });
  expect(await knock()).toMatchObject({ observed: 'refused', cause: 'not-authorised' });
});

test('ids of our own are known again, and no two are alike', () => {
  for (const prefix of ['', 'meter-', 'lockstep']) {
    const [one, other] = [ownClientId(prefix), ownClientId(prefix)];
    expect(one.startsWith(`${prefix}lockstep`)).toBe(true);
    expect(one).not.toBe(other);
    expect([one, other].map(isOwnClientId)).toEqual([true, true]);
  }
  expect(ownClientId()).toMatch(/^[0-9a-zA-Z]{1,23}$/);
  for (const id of ['', 'lockstep', 'meter-7', 'lockstep0123456789abcd-2'])
    expect([id, isOwnClientId(id)]).toEqual([id, false]);
});
