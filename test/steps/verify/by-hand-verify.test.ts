import { expect, test } from 'vitest';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { verifyByHand } from '../../../src/steps/verify/by-hand.ts';
import { read } from '../../support/brokers/reading.ts';

const typed = async (text: string): Promise<string> => {
  const { listeners } = effective(await read(text, '2.0.21'), '2.0.21');
  return verifyByHand({
    answers: { ...defaultAnswers('pi@rock'), names: ['rock'] },
    broker: { address: 'rock', host: { kind: 'ssh', name: 'rock' } },
    folders: { authority: '/a', clients: '/c' },
    plainPort: 1883,
    listeners,
  } as unknown as Setup).join('\n');
};

test('every port without TLS is knocked at by hand, too, with what is to come of it', async () => {
  const lines = await typed(
    'per_listener_settings true\nlistener 1883\nlistener 1884\nallow_anonymous true\nlistener 1885 10.0.0.9\nlistener 1886 127.0.0.1\nlistener 9001\nprotocol websockets\n',
  );
  expect(lines).toMatch(
    /port 1884, too: it is open to everybody.*\nmosquitto_pub -h rock -p 1884 /,
  );
  expect(lines).toMatch(/port 1885, too: refused\..*\nmosquitto_pub -h 10\.0\.0\.9 -p 1885 /);
  // From here nobody reaches it, and mosquitto_pub speaks no websockets.
  expect(lines).not.toMatch(/1886|9001/);
  expect(await typed('listener 1883\n')).not.toContain('too: ');
});
