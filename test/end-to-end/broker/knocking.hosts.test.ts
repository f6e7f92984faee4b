import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { succeed } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, verification } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

// A broker is knocked at where its listeners are bound, by whatever way leads there, and what was seen is said
// to have been seen from there.

const ownMachine = "the broker's own machine";
const inner = '192.0.2.2'; // of the host alone: nobody has a route to it (RFC 5737)

onHosts('a broker that is not reached as it listens', limit, () => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
    home = await newHome();
    how = await reaching(host, home);
    await host.succeed(['ip', 'address', 'add', `${inner}/32`, 'dev', 'lo']);
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  /** The broker as it is configured before anything is done. */
  async function configured(text: string): Promise<string> {
    await host.writeFile('/etc/mosquitto/conf.d/access.conf', text);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    return observe.tree(host);
  }

  /** The host's firewall, as rules for what comes in by its network. */
  const firewall = (rules: string) =>
    succeed(['nsenter', `--target=${host.leader()}`, '--net', 'nft', '-f', '-'], {
      input: `table inet wall\ndelete table inet wall\ntable inet wall {\nchain in {\ntype filter hook input priority 0\n${rules}\n}\n}\n`,
    });

  const sshd = async (lines: string) => {
    await host.writeFile('/etc/ssh/sshd_config.d/test.conf', lines);
    await host.succeed(['systemctl', 'restart', 'ssh']);
  };

  /** Secured, proved and undone, with what step 2 and the proofs say. */
  async function wholeWay(how: string[], before: string) {
    const run = await home.run('run', ...how, '--json');
    expect(run, run.stdout).toMatchObject({ code: 0, stderr: '' });
    const events = runEvents(run.stdout);
    expect(events.at(-1)).toMatchObject({ result: 'secured' });
    const [seen] = events.filter((one) => one.event === 'evidence' && one.step === 'anonymous');
    const verified = await home.run('verify', ...how);
    expect(verified, verified.stdout).toMatchObject({ code: 0 });
    const checks = verification.parse(
      JSON.parse((await home.run('verify', ...how, '--json')).stdout),
    );
    expect(checks.failed).toBe(0);
    // Each proof says from where it was seen, in JSON, too.
    expect(checks.checks.filter(({ from }) => from === undefined)).toEqual([]);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    return { seen, told: verified.stdout };
  }

  test('a firewall that lets only SSH in', async () => {
    const before = await configured('listener 1883\nallow_anonymous true\n');
    await firewall('iifname "eth0" tcp dport != 22 drop');
    const { seen, told } = await wholeWay(how, before);
    await firewall('');
    expect(seen).toMatchObject({ observed: 'accepted', expect: 'accepted', from: ownMachine });
    expect(told).toContain(`Seen from ${ownMachine}.`);
    expect(told).toContain('Whether its network lets clients through was not tried.');
  });

  test('the names of the certificate at the port for certificates are offered, also where that is not reached from here', async () => {
    const make = 'openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=old -addext "$1"';
    const files = '-keyout /etc/mosquitto/certs/own.key -out /etc/mosquitto/certs/own.crt';
    const name = 'subjectAltName=DNS:mqtt.example';
    await host.succeed([
      'sh',
      '-euc',
      `${make} ${files} 2>&1; chown mosquitto: /etc/mosquitto/certs/own.key`,
      'make',
      name,
    ]);
    const tls = `certfile /etc/mosquitto/certs/own.crt\nkeyfile /etc/mosquitto/certs/own.key\n`;
    const offered = async () => {
      await using fresh = await newHome();
      const how = [...(await reaching(host, fresh)), '--through', 'certificates'];
      const left = await fresh.run('run', ...how);
      expect(left).toMatchObject({ code: 0 });
      expect((await fresh.run('answers', ...how.slice(0, 2))).stdout).not.toContain('mqtt.example');
      const taken = await fresh.run('run', ...how, '--names-from-host');
      expect(taken).toMatchObject({ code: 0 });
      const answers = (await fresh.run('answers', ...how.slice(0, 2))).stdout;
      // What is told as left out is what would be taken.
      expect(answers.includes('mqtt.example')).toBe(left.stdout.includes('mqtt.example'));
      return answers;
    };
    const plain = 'allow_anonymous true\nlistener 1883\n';
    await configured(plain);
    expect(await offered()).not.toContain('mqtt.example');
    await configured(`${plain}listener 8883 ${inner}\n${tls}`);
    expect(await offered()).toContain('mqtt.example');
    await configured(`${plain}listener 8883\n${tls}`);
    await firewall('iifname "eth0" tcp dport != 22 drop');
    expect(await offered()).toContain('mqtt.example');
    await firewall('');
  });

  test('bound to an address that only the far side has, over a jump host', async () => {
    const before = await configured(`listener 1883 ${inner}\nallow_anonymous true\n`);
    const config = join(home.folder, '.ssh', 'config');
    await succeed(['mkdir', '-p', join(home.folder, '.ssh')]);
    const key = `Host *\n  IdentityFile ${host.ssh.keyFile}\n`;
    await writeFile(config, `Host ${inner}\n  ProxyJump ${host.ssh.user}@${host.address}\n${key}`);
    const far = ['--broker', `${host.ssh.user}@${inner}`, ...how.slice(2)];
    const { seen, told } = await wholeWay(far, before);
    await writeFile(config, '');
    expect(seen).toMatchObject({ observed: 'accepted' });
    expect(told).toContain(`Seen from ${ownMachine}.`);
  });

  test('a forwarded port, where something else answers at the same port here', async () => {
    const before = await configured('listener 1883\nallow_anonymous true\n');
    const forward = net.createServer((near) => {
      const far = net.connect(22, host.address);
      near.pipe(far).pipe(near);
      for (const one of [near, far]) one.on('error', () => near.destroy() && far.destroy());
    });
    await new Promise<void>((done) => forward.listen(0, '127.0.0.1', done));
    const { port } = forward.address() as net.AddressInfo;
    // What is at 127.0.0.1 here is no business of the broker's: it must not be asked.
    let asked = 0;
    const others = [1883, 8883].map((port) =>
      net
        .createServer((socket) => {
          socket.on('error', () => {});
          socket.once('data', () => {
            asked += 1;
            socket.end(Buffer.from([0x20, 2, 0, 0]));
          });
        })
        .listen(port, '127.0.0.1'),
    );
    await Promise.all(others.map((one) => one.listening || once(one, 'listening')));
    const through = ['--broker', `${host.ssh.user}@127.0.0.1:${port}`, ...how.slice(2)];
    const { seen, told } = await wholeWay(through, before);
    for (const one of [forward, ...others]) one.close();
    expect(asked).toBe(0);
    expect(seen).toMatchObject({ observed: 'accepted' });
    expect(told).toContain(`Seen from ${ownMachine}.`);
  });

  test('a server that forwards nothing is knocked at from here; with no way at all it is left alone', async () => {
    const before = await configured('listener 1883\nallow_anonymous true\n');
    await sshd('AllowTcpForwarding no\n');
    const { seen, told } = await wholeWay(how, before);
    expect(seen).toMatchObject({ observed: 'accepted' });
    expect(told).not.toContain(ownMachine);
    await firewall('iifname "eth0" tcp dport != 22 drop');
    // Before anything was made, here or there.
    await using fresh = await newHome();
    expectTold(await fresh.run('run', ...(await reaching(host, fresh))), {
      code: 1,
      what: 'There is no way to prove from here who gets in by port 8883.',
      likely: "the SSH server on the broker's machine forwards no connections",
      next: 'AllowTcpForwarding local',
    });
    expect(observe.there(fresh, 'authority')).toBe(false);
    expect(await observe.tree(host)).toBe(before);
    await firewall('');
    await sshd('\n');
  });

  // Two users of one SSH server stand for two machines: one that forwards, and the broker's, which does not.
  test('through the machine of a client, where the broker lets only SSH in and forwards nothing', async () => {
    await host.succeed(['useradd', '--create-home', '--shell', '/bin/sh', 'pump']);
    const copy = `install -d -m 0700 -o pump /home/pump/.ssh
      install -m 0600 -o pump /home/radxa/.ssh/authorized_keys /home/pump/.ssh/authorized_keys`;
    await host.succeed(['sh', '-euc', copy]);
    const before = await configured('listener 1883\nallow_anonymous true\n');
    await sshd('Match User radxa\n  AllowTcpForwarding no\n');
    await firewall('iifname "eth0" tcp dport != 22 drop');
    const pump = `pump@${host.address}`;
    const file = join(home.folder, 'answers.yaml');
    await writeFile(file, `clients: [{ name: pump, host: ${pump} }]\n`);
    const { told } = await wholeWay([...how, '--answers', file], before);
    await firewall('');
    await sshd('\n');
    expect(told).toContain(`Seen from ${pump}.`);
    expect(told).not.toContain(ownMachine);
  });

  test('what could not be tried is told as that, and not as a broker that runs without its files', async () => {
    await configured('listener 1883\nallow_anonymous true\n');
    await using mine = await newHome();
    const my = await reaching(host, mine);
    expect(await mine.run('run', ...my)).toMatchObject({ code: 0 });
    const harden = async () => {
      const { stdout } = await mine.run('status', ...my);
      return stdout.split('\n').find((line) => line.includes('Harden'));
    };
    expect(await harden()).toMatch(/done/);
    await sshd('AllowTcpForwarding no\n');
    await firewall('iifname "eth0" tcp dport != 22 drop');
    const unseen = 'The files are right; whether the broker uses them was not seen.';
    expect(await harden()).toContain(`${unseen} The machine does not answer.`);
    await firewall('');
    await sshd('\n');
    const key = join(mine.site, 'clients/client01/client01.key');
    await rename(key, `${key}.away`);
    expect(await harden()).toContain(`${unseen} There is no certificate of client01 to try.`);
    await rename(`${key}.away`, key);
    expect(await harden()).toMatch(/done/);
    expect(await mine.run('undo', ...my)).toMatchObject({ code: 0 });
  });

  test('each other listener is knocked at, too, wherever it is', async () => {
    const lines = ['allow_anonymous true', 'listener 1883', `listener 1884 ${inner}`];
    const more = ['listener 9001', 'protocol websockets', 'listener 1885 127.0.0.1'];
    // The user who logs in may not open it: root may.
    more.push('listener 0 /run/mosquitto/broker.sock');
    await configured([...lines, ...more, ''].join('\n'));
    const run = await home.run('run', ...how, '--through', 'distribute');
    expect(run, run.stdout).toMatchObject({ code: 0 });
    const verified = await home.run('verify', ...how, '--json');
    const { checks } = verification.parse(JSON.parse(verified.stdout));
    const doors = checks.filter(({ id }) => id.startsWith('listener:'));
    expect(doors.map(({ id, observed }) => `${id} ${observed}`).sort()).toEqual([
      'listener:0@/run/mosquitto/broker.sock:anonymous accepted',
      'listener:1883:anonymous accepted',
      `listener:1884@${inner}:anonymous accepted`,
      'listener:1885@127.0.0.1:anonymous accepted',
      'listener:9001:anonymous accepted',
    ]);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
  });
});
