import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultAnswers } from '../../src/steps/answers.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { type Suite, suites } from '../hosts/suites.ts';
import { openToLook, seen, typeStep } from './by-hand.ts';
import { type Home, newHome } from './lockstep.ts';
import * as observe from './observer.ts';
import { limit, onHosts } from './on-hosts.ts';
import { Typist } from './typist.ts';

// What the program says one would type, typed into a real shell, for a broker that is reached by SSH.

const tried = process.env.LOCKSTEP_TEST_FULL === '1' ? [...suites] : [suites[0]];

onHosts.each(tried)('a broker on %s', limit, (suite: Suite) => {
  let host: TestHost;
  let home: Home;
  let typist: Typist;
  let secrets: { password: string; passphrase: string };
  beforeAll(async () => {
    host = await bootHost({ suite });
    home = await newHome();
    secrets = { password: host.ssh.password, passphrase: 'correct horse' };
    typist = new Typist(await withSsh(host, home), secrets);
  }, limit.timeout);
  afterAll(async () => {
    await typist?.close();
    await host?.close();
    await home?.remove();
  });

  test('each step finds itself done', async () => {
    const there = `${host.ssh.user}@${host.address}`;
    const site = await openToLook(
      home,
      {
        ...defaultAnswers(there),
        identity: host.ssh.keyFile,
        clients: [
          { name: 'client01', host: 'here' },
          { name: strange, host: there },
        ],
      },
      secrets,
    );
    const { setup } = site;
    try {
      const inspected = await typeStep(setup, typist, 'inspect');
      expect(inspected).toContain('access.conf:allow_anonymous true');
      expect(inspected).toMatch(/LISTEN.*:1883.*mosquitto/);
      expect(await typeStep(setup, typist, 'anonymous')).toContain('test/test Test1');
      for (const id of ['authority', 'certificates', 'distribute', 'harden'] as const) {
        await typeStep(setup, typist, id);
        expect(await seen(setup, id)).toMatch(/^done/);
      }
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
      expect(await host.stat(`/home/${host.ssh.user}/lockstep-by-hand`)).toBeNull();
      const verified = await typeStep(setup, typist, 'verify', { fails: true });
      expect(verified).toContain('test/test Test1');
      expect(verified).toContain('not authorised');
      expect(verified).toContain('alert protocol version');
      expect(await seen(setup, 'verify')).toMatch(/^done/);
    } finally {
      await site.close();
    }
  });
});

const strange = `it's a "$(pump)" & \`no\` !! 2; ü*`;

/** An `ssh` that knows this host, as that of somebody who works there; the program knows it, too. */
async function withSsh({ ssh }: TestHost, home: Home): Promise<Record<string, string>> {
  const programs = join(home.folder, 'bin');
  const known = join(home.folder, '.ssh');
  await mkdir(programs);
  await mkdir(known, { mode: 0o700 });
  await writeFile(join(known, 'known_hosts'), ssh.knownHosts);
  const options = `-F none -o UserKnownHostsFile=${ssh.knownHostsFile} -o IdentitiesOnly=yes -o LogLevel=ERROR`;
  await writeFile(join(programs, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n`);
  await chmod(join(programs, 'ssh'), 0o755);
  return { ...home.environment, PATH: `${programs}:${home.environment.PATH}` };
}
