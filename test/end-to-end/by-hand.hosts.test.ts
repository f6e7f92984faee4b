import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultAnswers } from '../../src/steps/answers.ts';
import type { Setup } from '../../src/steps/setup.ts';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { program } from '../hosts/program.ts';
import { type Suite, suites } from '../hosts/suites.ts';
import { openToLook, seen, step, typeStep } from './by-hand.ts';
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
      const verified = await typeStep(setup, typist, 'verify', { refused: /-m refused|s_client/ });
      expect(verified).toContain('test/test Test1');
      expect(verified).toContain('not authorised');
      expect(verified).toContain('alert protocol version');
      expect(await seen(setup, 'verify')).toMatch(/^done/);
    } finally {
      await site.close();
    }
  });
});

onHosts('a broker on this machine', limit, () => {
  test('is secured by the same, with sudo, and its files come out byte by byte', async () => {
    await using host = await bootHost({ suite: suites[0], config: { [odd.path]: odd.text } });
    await using home = await newHome();
    const secrets = { password: host.ssh.password, passphrase: '' };
    const here = new Typist(await withSsh(host, home), secrets);
    const [ssh = '', ...options] = host.ssh.command;
    const there = new Typist(home.environment, secrets, [ssh, '-t', ...options]);
    const reached = `${host.ssh.user}@${host.address}`;
    const answers = { ...defaultAnswers(reached), identity: host.ssh.keyFile };
    const site = await openToLook(home, answers, secrets);
    try {
      const { setup } = site;
      for (const id of ['authority', 'certificates'] as const) await typeStep(setup, here, id);
      // The same folder on the broker's machine, as if the program had run there.
      const { authority } = setup.folders;
      const { bytes } = await program(['tar', '-cf', '-', '-C', '/', authority.slice(1)]);
      await host.succeed(['tar', '-xf', '-', '-C', '/'], { input: bytes });
      await host.succeed(['chown', '-R', `${host.ssh.user}:`, home.folder]);
      await typeStep(setup, there, 'distribute', { as: local });
      // What the client has is looked for here.
      const lines = step('distribute').byHand(setup);
      await here.type(lines.filter((line) => !line.includes('sudo')));
      expect(await seen(setup, 'distribute')).toMatch(/^done/);
      await typeStep(setup, there, 'harden', { as: local });
      expect(await seen(setup, 'harden')).toMatch(/^done/);
      expect(await host.read(`${odd.path}.before`).then(String)).toBe(odd.text);
      expect(await host.read(odd.path).then(String)).toContain('!!\t');
    } finally {
      await site.close();
      await here.close();
      await there.close();
    }
  });
});

onHosts('a broker that only its own machine can talk to', limit, () => {
  test('is talked to from there', async () => {
    await using host = await bootHost({ suite: suites[0], config: 'default' });
    await using home = await newHome();
    const secrets = { password: host.ssh.password, passphrase: '' };
    const typist = new Typist(await withSsh(host, home), secrets);
    const reached = `${host.ssh.user}@${host.address}`;
    const answers = { ...defaultAnswers(reached), identity: host.ssh.keyFile };
    const site = await openToLook(home, answers, secrets);
    try {
      expect(await typeStep(site.setup, typist, 'anonymous')).toContain('test/test Test1');
    } finally {
      await site.close();
      await typist.close();
    }
  });
});

/** What no terminal takes as it is. */
const odd = {
  path: '/etc/mosquitto/conf.d/odd.conf',
  text: '# it\'s "odd" !!\tü $HOME `id`\nper_listener_settings true\nlistener 1883\nallow_anonymous true\n',
};

/** The same as on a broker of this machine. */
function local({ broker, ...setup }: Setup): Setup {
  const host = Object.assign(Object.create(broker.host), { kind: 'local' }) as Setup['here'];
  return { ...setup, broker: { ...broker, host } };
}

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
