import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { practiceBroker } from '../../../src/practice/broker.ts';
import { preparePractice } from '../../../src/practice/folder.ts';
import { anonymous } from '../../../src/steps/anonymous/anonymous.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { temporaryFolder } from '../../support/brokers/scripted-broker.ts';
import { answering, serve } from '../../support/brokers/strangers.ts';

/** The step at a broker that answers whoever comes with this. */
async function atOneThatSays(answer: Buffer): Promise<Setup> {
  const port = await serve(answering(answer));
  const place = temporaryFolder();
  const folder = await preparePractice(place);
  const broker = await practiceBroker({ folder, searchPath: '', kind: 'aedes' });
  onTestFinished(async () => {
    await broker.host.close();
    rmSync(place, { recursive: true });
  });
  writeFileSync(broker.layout.main, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  const answers = { ...defaultAnswers(), ports: { plain: port, tls: port + 1 } };
  return { answers, broker, seen: {}, ask: {}, now: () => new Date() } as unknown as Setup;
}

// CONNACK, two bytes: no session, and the return code (MQTT 3.1.1, 3.2).
const connack = (code: number) => Buffer.from([0x20, 2, 0, code]);

test.each([
  ['not authorised', connack(5), /^Anonymous clients do not get in at port/, /go on\.$/],
  ['not available', connack(3), /^It could not be tried\. .* not available/, /^It could not/],
  ['of another version', connack(1), /^It could not be tried\. .* version/, /^It could not/],
  ['no broker', Buffer.from('HTTP/1.1 400 No\r\n\r\n'), /^It could not be tried\. .* MQTT/, /^It/],
])('one that says it is %s', async (_, answer, detail, words) => {
  const setup = await atOneThatSays(answer);
  const check = await anonymous.check(setup);
  expect(check).toMatchObject({ status: 'done', detail: expect.stringMatching(detail) });
  const [seen] = await anonymous.prove(setup);
  expect(seen?.words).toMatch(words);
});
