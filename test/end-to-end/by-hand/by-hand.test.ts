import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { preparePractice } from '../../../src/practice/folder.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Opened } from '../../../state/session/session-parts.ts';
import { freePort, program } from '../../support/brokers/scripted-broker.ts';
import { openToLook, refusals, seen, typeStep } from '../../support/program/by-hand.ts';
import { type Home, newHome } from '../../support/program/lockstep.ts';
import { Typist } from '../../support/terminal/typist.ts';

// What the program says one would type, typed into a real shell, on the practice broker.

const secrets = { password: 'none is asked for', passphrase: 'correct horse' };

let home: Home;
let typist: Typist;
beforeEach(async () => {
  home = await newHome();
  typist = new Typist(home.environment, secrets);
});
afterEach(async () => {
  await typist.close();
  await home.remove();
});

const strange = `it's a "$(pump)" & \`no\` !! 2; ü*`;

const clients = program('mosquitto_pub') !== null && program('mosquitto_sub') !== null;

test.skipIf(!clients).each([
  { passphrase: 'none', key: 'ecdsa-p256' },
  { passphrase: 'ask', key: 'rsa-2048' },
] as const)(
  'passphrase $passphrase, key $key',
  { timeout: 300_000 },
  async ({ passphrase, key }) => {
    const ports = { plainPort: await freePort(), tlsPort: await freePort() };
    await preparePractice(join(home.site, 'practice'), { ports });
    const answers = defaultAnswers('practice');
    answers.authority = {
      ...answers.authority,
      ...{ passphrase, key, folder: join(home.folder, `an ${strange}`) },
      subject: {
        ...answers.authority.subject,
        ...{ country: 'GB', organization: `O'Brien/${strange}+\\x`, email: 'a@b.example' },
      },
    };
    answers.certificates = { ...answers.certificates, key };
    answers.clients = [
      { name: strange, host: 'here' },
      { name: 'client02', host: 'here' },
    ];
    const open = () => openToLook(home, answers, secrets);
    const whileOpen = async (act: (site: Opened) => Promise<void>) => {
      const site = await open();
      try {
        await act(site);
      } finally {
        await site.close();
      }
    };
    await whileOpen(async ({ setup }) => {
      const inspected = await typeStep(setup, typist, 'inspect');
      expect(inspected).toContain(`listener ${ports.plainPort} 127.0.0.1`);
      expect(inspected).toMatch(new RegExp(`LISTEN.*127.0.0.1:${ports.plainPort}`));
      expect(await typeStep(setup, typist, 'anonymous')).toContain('test/test Test1');
      for (const id of ['authority', 'certificates', 'distribute'] as const) {
        await typeStep(setup, typist, id);
        expect(await seen(setup, id)).toMatch(/^done/);
      }
      await typeStep(setup, typist, 'harden');
    });
    // The broker is the program's own, and has been started anew with it.
    await whileOpen(async ({ setup }) => {
      expect(await seen(setup, 'harden')).toMatch(/^done/);
      const verified = await typeStep(setup, typist, 'verify', { refused: refusals });
      expect(verified).toContain('test/test Test1');
      expect(verified).toContain('not authorised');
      expect(verified).toContain('alert protocol version');
      expect(await seen(setup, 'verify')).toMatch(/^done/);
    });
  },
);
