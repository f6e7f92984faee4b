import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local/local.ts';
import { effective } from '../../src/mosquitto/effective/effective.ts';
import { Feed } from '../../src/mqtt/feed.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { aimAt } from '../../state/session/aim.ts';
import { read } from '../support/brokers/reading.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
  until,
} from '../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');

describe.skipIf(!mosquitto)('where the live pane listens', () => {
  const folder = temporaryFolder();
  const acl = join(folder, 'acl');
  const host = localHost({ name: 'local', kind: 'local' });
  const ports = { acl: 0, websockets: 0, few: 0 };
  let broker: { stop(): Promise<void> };
  let feed: Feed;

  const linesOf = () => [
    ...['per_listener_settings true', `listener ${ports.acl} 127.0.0.1`, 'allow_anonymous true'],
    ...[`acl_file ${acl}`, `listener ${ports.websockets} 127.0.0.1`, 'protocol websockets'],
    ...['allow_anonymous true', `listener ${ports.few} 127.0.0.1`, 'allow_anonymous true'],
    'max_connections 2',
  ];
  beforeAll(async () => {
    for (const name of ['acl', 'websockets', 'few'] as const) ports[name] = await freePort();
    writeFileSync(acl, 'topic readwrite home/#\n');
    chmodSync(acl, 0o600);
    broker = await startMosquitto(mosquitto ?? '', folder, linesOf());
  });
  afterEach(() => feed.stop());
  afterAll(async () => {
    await broker?.stop();
    await host.close();
    rmSync(folder, { recursive: true });
  });

  /** Aims at that plain port, where nothing else is known. */
  async function aimed(plainPort: number) {
    const configuration = await read(`${linesOf().join('\n')}\n`, '2.0.21');
    const setup = {
      answers: defaultAnswers(),
      plainPort,
      folders: { authority: folder, clients: folder },
      broker: { host, address: '127.0.0.1' },
    } as unknown as Setup;
    feed = new Feed({ interval: 10 });
    await aimAt(feed, setup, { configuration, effective: effective(configuration, '2.0.21') });
    return feed;
  }
  const hears = async (topic: string) => {
    await until(() => feed.view().state.kind === 'connected');
    const sender = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports.acl}`);
    await sender.publishAsync(topic, 'Test1', { qos: 1 });
    await sender.endAsync();
  };

  // The list is read as root, as on a broker's machine.
  test.skipIf(process.getuid?.() !== 0)('is where the message of step 2 arrives', async () => {
    expect((await aimed(ports.acl)).view()).toMatchObject({ topic: 'home/#' });
    await hears('home/lockstep');
    await until(() => feed.view().messages === 1);
  });

  test('it speaks websockets where only these are spoken', async () => {
    await aimed(ports.websockets);
    await until(() => feed.view().state.kind === 'connected');
    expect(feed.view()).toMatchObject({ topic: 'test/#', target: { port: ports.websockets } });
  });

  test('it takes no place where there are only a few', async () => {
    expect((await aimed(ports.few)).view()).toMatchObject({
      target: null,
      state: { kind: 'stopped' },
    });
  });
});
