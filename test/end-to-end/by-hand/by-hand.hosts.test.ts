import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { StepId } from '../../../src/steps/contract/ids.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { openToLook, refusals, seen, step, typeStep } from '../../support/program/by-hand.ts';
import { type Home, newHome } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { Typist } from '../../support/terminal/typist.ts';

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
      expect(await seen(setup, 'inspect')).toMatch(/^done/);
      expect(await typeStep(setup, typist, 'anonymous')).toContain('test/test Test1');
      // It is there to be seen, and nothing that was done.
      expect(await seen(setup, 'anonymous')).toBe('todo: Anonymous clients are let in.');
      for (const id of ['authority', 'certificates', 'distribute', 'harden'] as const) {
        await typeStep(setup, typist, id);
        expect(await seen(setup, id)).toMatch(/^done/);
      }
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
      expect(await host.stat(`/home/${host.ssh.user}/lockstep-by-hand`)).toBeNull();
      const verified = await typeStep(setup, typist, 'verify', { refused: refusals });
      expect(verified).toContain('test/test Test1');
      expect(verified).toContain('not authorised');
      expect(verified).toContain('alert protocol version');
      expect(await seen(setup, 'verify')).toMatch(/^done/);
      expect(await seen(setup, 'anonymous')).toMatch(/^done: Anonymous clients do not get in/);
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

onHosts('other brokers', limit, () => {
  /** Types from Authority to Harden, each of which has to find itself done. */
  async function typed(host: TestHost, more: object, first: readonly StepId[]) {
    await using home = await newHome();
    const secrets = { password: host.ssh.password, passphrase: '' };
    const typist = new Typist(await withSsh(host, home), secrets);
    const reached = `${host.ssh.user}@${host.address}`;
    const answers = { ...defaultAnswers(reached), identity: host.ssh.keyFile, ...more };
    const { setup, close } = await openToLook(home, answers, secrets);
    const shown: string[] = [];
    try {
      for (const id of first) shown.push(await typeStep(setup, typist, id));
      for (const id of ['authority', 'certificates', 'distribute', 'harden'] as const) {
        await typeStep(setup, typist, id);
        expect(await seen(setup, id)).toMatch(/^done/);
      }
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    } finally {
      await close();
      await typist.close();
    }
    return shown;
  }

  test('one without systemd, that only its own machine can talk to', async () => {
    await using host = await bootHost({ suite: suites[0], variant: 'sysv', config: 'default' });
    const [inspected, message] = await typed(host, {}, ['inspect', 'anonymous']);
    expect(inspected).toMatch(/LISTEN.*127.0.0.1:1883/);
    expect(message).toContain('test/test Test1');
  });

  test("one that keeps somebody else's authority beside ours", async () => {
    await using host = await bootHost({ suite: suites[0], config: 'default' });
    await host.succeed(['sh', '-euc', somebodyElse]);
    await typed(host, { otherTls: 'keep', minimumTls: '1.2' }, []);
    const theirs = ['--cafile', '/etc/mosquitto/certs/current/root_ca.crt', '--insecure'];
    const own = ['--cert', '/root/own/c.crt', '--key', '/root/own/c.key'];
    const message = ['-h', host.address, '-p', '8883', '-t', 't', '-m', 'x'];
    const { code, stderr } = await host.exec(['mosquitto_pub', ...message, ...theirs, ...own]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/** A listener on the port for certificates, with an authority, a broker's and a client's certificate. */
const somebodyElse = `
mkdir -p /root/own; cd /root/own; chmod 755 /root /root/own
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $new -keyout ca.key -out ca.crt -subj "/CN=Own CA" -days 30
for name in s c; do
  openssl req $new -keyout $name.key -out $name.csr -subj /CN=$name
  openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $name.crt -days 30
done
openssl x509 -in ca.crt -text >/etc/mosquitto/ca.crt
cp s.crt s.key /etc/mosquitto/; chown mosquitto: /etc/mosquitto/s.key
cat >/etc/mosquitto/conf.d/theirs.conf <<END
listener 8883
cafile /etc/mosquitto/ca.crt
certfile /etc/mosquitto/s.crt
keyfile /etc/mosquitto/s.key
require_certificate true
use_identity_as_username true
END
systemctl restart mosquitto
`;

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
