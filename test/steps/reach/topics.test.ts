import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../../src/host/local/local.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Answers } from '../../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { topicAt, tryTopic } from '../../../src/steps/reach/topics.ts';
import { read } from '../../support/brokers/reading.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');

describe.skipIf(!mosquitto)('a message where an access list, or something else, decides', () => {
  const folder = temporaryFolder();
  const acl = join(folder, 'acl');
  const host = localHost({ name: 'local', kind: 'local' });
  let broker: { stop(): Promise<void> };
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    writeFileSync(acl, 'topic readwrite garden/+/state\ntopic write drain/#\n', { mode: 0o600 });
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', `acl_file ${acl}`];
    broker = await startMosquitto(mosquitto as string, folder, lines);
  });
  afterAll(async () => {
    await broker?.stop();
    await host.close();
    rmSync(folder, { recursive: true });
  });

  /** What comes of it, where the configuration is this one as far as it is known. */
  async function tried(known: string[], answers: Partial<Answers> = {}) {
    const text = ['allow_anonymous true', `listener ${port}`, ...known, ''].join('\n');
    const configuration = await read(text, '2.0.21');
    const [listener] = effective(configuration, '2.0.21').listeners;
    const setup = { answers: { ...defaultAnswers(), ...answers }, broker: { host } };
    const choice = await topicAt(setup as unknown as Setup, listener, { configuration }, null);
    const target = { host: '127.0.0.1', port, protocolVersion: 5 as const };
    return { choice, seen: await tryTopic(target, choice) };
  }

  // The list is read as root, as on a broker's machine.
  test.skipIf(process.getuid?.() !== 0)('goes by the list, where that can be read', async () => {
    const { choice, seen } = await tried([`acl_file ${acl}`]);
    expect(choice.topic).toBe('garden/lockstep/state');
    expect(seen).toMatchObject({ observed: 'accepted', came: true });
  });

  test('is lost where nothing is known that would keep it: that is a fault', async () => {
    const { seen } = await tried([]);
    expect(seen).toMatchObject({
      observed: 'refused',
      cause: 'not-authorised',
      connack: 0,
      came: false,
    });
  });

  test.each([
    ['a plugin decides', 'plugin /usr/lib/some_plugin.so'],
    ['the list cannot be read', 'acl_file /nowhere/acl'],
  ])(
    'is lost where %s: then the connection is what was shown, and that is said',
    async (_, line) => {
      const { seen } = await tried([line]);
      expect(seen).toMatchObject({ observed: 'accepted', cause: null, came: false });
      expect(seen.words).toContain('a message to test/test did not come back');
      expect(seen.words).toContain('which cannot be read');
    },
  );

  test('goes where it was asked to, and whose fault a loss is then, is told apart', async () => {
    const plugin = 'plugin /usr/lib/some_plugin.so';
    expect((await tried([plugin], { topic: 'garden/7/state' })).seen).toMatchObject({ came: true });
    // MQTT 5 tells who may not write from who may not read.
    const { seen } = await tried([plugin], { topic: 'drain/x' });
    expect(seen).toMatchObject({ observed: 'refused', cause: 'message-lost' });
    expect(seen.words).toContain('may write to drain/x, not read it');
    expect((await tried([plugin], { topic: 'other' })).seen.words).toContain(
      'does not let this client write to other',
    );
  });
});
