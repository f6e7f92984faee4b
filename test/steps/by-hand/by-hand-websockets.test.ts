import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { anonymousByHand } from '../../../src/steps/anonymous/by-hand.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { verifyByHand } from '../../../src/steps/verify/by-hand.ts';
import { read } from '../../support/brokers/reading.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../../support/brokers/scripted-broker.ts';

const mosquitto = program('mosquitto');

// mosquitto_pub waits for ever for an answer in MQTT where websockets are spoken.
describe.skipIf(!mosquitto)('what one types where the plain port speaks websockets', () => {
  const folder = temporaryFolder();
  const ports = { open: 0, closed: 0 };
  let broker: { stop(): Promise<void> };
  beforeAll(async () => {
    Object.assign(ports, { open: await freePort(), closed: await freePort() });
    broker = await startMosquitto(mosquitto as string, folder, [
      'per_listener_settings true',
      `listener 0 ${join(folder, 'broker.sock')}`, // 2.0.11 does not start on websockets alone
      ...[`listener ${ports.open}`, 'protocol websockets', 'allow_anonymous true'],
      ...[`listener ${ports.closed}`, 'protocol websockets', 'allow_anonymous false'],
    ]);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true });
  });

  const setup = async (port: number): Promise<Setup> => {
    const text = `listener ${port} 127.0.0.1\nprotocol websockets\n`;
    const { listeners } = effective(await read(text, '2.0.21'), '2.0.21');
    return {
      answers: { ...defaultAnswers('local'), names: ['rock'] },
      broker: { address: '127.0.0.1', host: { kind: 'local' } },
      folders: { authority: folder, clients: folder },
      plainPort: port,
      listeners,
    } as unknown as Setup;
  };
  const typed = (line: string) =>
    // npx finds what is installed beside it.
    spawnSync('sh', ['-c', line], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../../..'),
      timeout: 20_000,
    });

  test('a message goes in where all are let in, and does not where nobody is', async () => {
    const [open = ''] = anonymousByHand(await setup(ports.open)).slice(-1);
    expect(open).toContain('npx mqtt pub -C ws');
    expect(typed(open)).toMatchObject({ status: 0, stderr: '' });
    const lines = verifyByHand(await setup(ports.closed));
    const closed = lines.find((line) => line.includes(`-p ${ports.closed}`)) ?? '';
    expect(closed).toContain('npx mqtt pub -C ws');
    const said = typed(closed);
    expect(said.stdout + said.stderr).toMatch(/not authorized/i);
  });
});
