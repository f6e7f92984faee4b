import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/mqtt/connection.ts';
import { probe } from '../../../src/mqtt/probe.ts';
import { whereThereIsRoom } from '../../../src/steps/run/room.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');

describe.skipIf(!mosquitto)('a listener that takes one client at a time', () => {
  let broker: { stop(): Promise<void> };
  const target = { host: '127.0.0.1', port: 0, protocolVersion: 4 as const };

  beforeEach(async () => {
    target.port = await freePort();
    const lines = [
      `listener ${target.port} 127.0.0.1`,
      'max_connections 1',
      'allow_anonymous true',
    ];
    broker = await startMosquitto(mosquitto ?? '', temporaryFolder(), lines);
  });
  afterEach(() => broker.stop());

  test('is asked again until the one before has left', async () => {
    const first = await connect(target);
    let asked = 0;
    const seen = await whereThereIsRoom(1, async () => {
      const one = await probe(target);
      asked += 1;
      if (asked === 2) first.end();
      return one;
    });
    expect(seen).toMatchObject({ observed: 'accepted' });
    expect(asked).toBeGreaterThan(2);
  });

  test('and where others stay, it is said that it may be full', async () => {
    const first = await connect(target);
    const seen = await whereThereIsRoom(1, () => probe(target));
    first.end();
    expect(seen).toMatchObject({ observed: 'unreachable', cause: 'closed-without-a-word' });
    expect(seen.words).toBe(
      'The broker closed the connection at once. It takes one client at a time there: most likely others are connected. Whom it lets in was not seen.',
    );
  });
});

test('where nothing is limited, it is asked once', async () => {
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  let asked = 0;
  const seen = await whereThereIsRoom(undefined, () => {
    asked += 1;
    return probe({ host: '127.0.0.1', port, protocolVersion: 4 });
  });
  server.close();
  expect([asked, seen.cause]).toEqual([1, 'closed-without-a-word']);
});

test('a broker that hangs up now and then is asked again; if it always does, that is told', async () => {
  let asked = 0;
  const after = (accepted: number) => async () => {
    asked += 1;
    return asked < accepted
      ? { observed: 'refused' as const, cause: 'closed-without-a-word' as const, words: '' }
      : { observed: 'accepted' as const, cause: null, words: '' };
  };
  expect(await whereThereIsRoom('hasty', after(3))).toMatchObject({ observed: 'accepted' });
  asked = 0;
  const never = await whereThereIsRoom('hasty', after(99));
  expect(never).toMatchObject({ observed: 'unreachable' });
  expect(never.words).toContain('With max_keepalive 60 this version does so now and then');
});
