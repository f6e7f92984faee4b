import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

// What the broker does now need not be what its files say, or what they say to us: they were changed since, it
// was started with others, or they are another set-up's. Then nothing is said of before, or it is said right.

const access = '/etc/mosquitto/conf.d/access.conf';
const dropIn = '/etc/systemd/system/mosquitto.service.d/test.conf';

onHosts.each([...suites])('a broker on %s', limit, (suite: Suite) => {
  // Each on one version, in turn; all on all with LOCKSTEP_TEST_FULL=1.
  let turn = 0;
  const one = (name: string, act: () => Promise<void>) => {
    if (process.env.LOCKSTEP_TEST_FULL === '1' || turn++ % suites.length === suites.indexOf(suite))
      test(name, act);
  };
  let host: TestHost;
  beforeAll(async () => {
    host = await bootHost({ suite, config: 'default' });
    await host.succeed([
      'sh',
      '-euc',
      'cd /etc/mosquitto; mosquitto_passwd -b -c passwd login secret; chmod 0644 passwd',
    ]);
  }, limit.timeout);
  afterAll(async () => host?.close());
  afterEach(() =>
    host.succeed(['sh', '-c', `rm -rf ${dropIn} ${access}; systemctl daemon-reload`]),
  );

  const restart = () =>
    host.succeed([
      'sh',
      '-euc',
      'systemctl daemon-reload; systemctl reset-failed mosquitto; systemctl restart mosquitto',
    ]);
  const starting = async (text: string) => {
    await host.writeFile(access, `${text}\n`);
    await restart();
  };
  /** A change is seen by its time, in seconds: the broker is older than that. */
  const older = () =>
    expect
      .poll(
        async () =>
          Number((await host.exec(['sh', '-c', 'ps -o etimes= -p "$(pidof mosquitto)"'])).stdout),
        { timeout: 10_000 },
      )
      .toBeGreaterThan(2);
  const answers = async (home: Home, text: string) => {
    const file = join(home.folder, 'answers.yaml');
    await writeFile(file, `minimumTls: "1.2"\n${text}\n`);
    return [...(await reaching(host, home)), '--answers', file];
  };

  for (const { name, was, is, detail, choice = 'open' } of [
    {
      // Closed it would stay by the change; by an undo it would be opened.
      name: 'would open a port that is to refuse everyone',
      choice: 'refuse',
      was: 'listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd',
      is: 'listener 1883\nallow_anonymous true',
      detail: /^ +It lets in nobody without a name at port 1883, and its files would\.$/m,
    },
    {
      name: 'opens a port that nothing listens at yet',
      was: 'listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd',
      is: 'allow_anonymous true\nlistener 1883\nlistener 1884',
      detail: /^ +Its files open port 1884, and it does not listen there yet\.$/m,
    },
    {
      name: 'closes a port, and shuts out everybody',
      was: 'allow_anonymous true\nlistener 1883\nlistener 1884',
      is: 'listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd',
      detail: /^ +It listens at port 1884, and its files do not say so\.$/m,
    },
    {
      name: 'shuts out everybody',
      was: 'listener 1883\nallow_anonymous true',
      is: 'listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd',
      detail: /^ +It lets in everybody at port 1883, and its files do not\.$/m,
    },
  ])
    one(`a file that was changed since, and ${name}`, async () => {
      await starting(was);
      await older();
      await host.writeFile(access, `${is}\n`);
      await using home = await newHome();
      const told = await home.run('run', ...(await answers(home, `plainListener: ${choice}`)));
      expectTold(told, {
        code: 1,
        what: 'The running broker does not do what its files say.',
        likely: `${access} was changed after it was started, and it was not restarted since.`,
        next: 'Restart it ("sudo systemctl restart mosquitto")',
        detail,
      });
      expect((await host.exec(['cat', access])).stdout).toBe(`${is}\n`);
      // As it advises.
      await restart();
      expect(await home.run('run', ...(await answers(home, 'plainListener: open')))).toMatchObject({
        code: 0,
      });
      expect(await home.run('undo', ...(await reaching(host, home)))).toMatchObject({ code: 0 });
    });

  one('files that are not those it was started with, though none was changed since', async () => {
    const other = '/etc/mosquitto/other';
    await host.writeFile(other, 'listener 1883\nallow_anonymous true\n');
    await older();
    await starting('listener 1883\nallow_anonymous false\npassword_file /etc/mosquitto/passwd');
    await host.succeed(['mount', '--bind', other, access]);
    await using home = await newHome();
    try {
      for (const choice of ['refuse', 'open'])
        expectTold(await home.run('run', ...(await answers(home, `plainListener: ${choice}`))), {
          code: 1,
          what: 'The running broker does not do what its files say.',
          likely: 'it was started with other files',
          next: 'restart it ("sudo systemctl restart mosquitto")',
          detail: /^ +It lets in nobody without a name at port 1883, and its files would\.$/m,
        });
    } finally {
      await host.succeed(['umount', access]);
    }
    expect(await home.run('undo', ...(await reaching(host, home)))).toMatchObject({ code: 0 });
  });

  one('a change that nobody can see is told as that', async () => {
    await starting('listener 1883\nallow_anonymous true');
    await older();
    await host.succeed(['sh', '-c', `echo '# mine' >>${access}`]);
    await using home = await newHome();
    const run = await home.run('run', ...(await answers(home, '')), '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(await home.run('undo', ...(await reaching(host, home)))).toMatchObject({ code: 0 });
    await older();
    await host.succeed(['sh', '-c', `echo '# mine' >>${access}`]);
    const status = await home.run('status', ...(await reaching(host, home)), '--json');
    expect(JSON.parse(status.stdout).findings).toContainEqual(
      expect.objectContaining({ id: 'edited-since', file: access }),
    );
    const dry = await home.run('run', ...(await answers(home, '')), '--json', '--dry-run');
    const notes = runEvents(dry.stdout).flatMap((one) => (one.event === 'note' ? [one.text] : []));
    expect(notes.join('\n')).toContain(
      `${access} was changed after the broker was started. Whether`,
    );
  });

  for (const { name, line, ...told } of [
    {
      name: 'a port',
      line: '-c /etc/mosquitto/mosquitto.conf -p 1885',
      what: 'The running broker does not do what its files say.',
      likely: 'Its command line names a port ("-p")',
      next: 'say ports in its configuration only, restart it (',
    },
    {
      name: 'no file',
      line: '-v',
      what: /^The broker on \S+ is started without a configuration file\.$/,
      likely: 'Its unit names none (no "-c")',
      next: 'ExecStart= with "-c',
    },
  ])
    one(`a command line that names ${name}`, async () => {
      await host.succeed(['sh', '-c', `mkdir -p "$(dirname ${dropIn})"`]);
      await host.writeFile(
        dropIn,
        `[Service]\nExecStart=\nExecStart=/usr/sbin/mosquitto ${line}\n`,
      );
      await host.succeed(['rm', '-f', access]);
      await restart();
      const before = await observe.tree(host);
      await using home = await newHome();
      expectTold(await home.run('run', ...(await answers(home, ''))), { code: 1, ...told });
      expect(await home.run('undo', ...(await reaching(host, home)))).toMatchObject({ code: 0 });
      expect(await observe.tree(host)).toBe(before);
    });

  one('another set-up of Lockstep is one that somebody else has made', async () => {
    await starting('listener 1883\nallow_anonymous true');
    await using first = await newHome();
    await using second = await newHome();
    expect(await first.run('run', ...(await answers(first, '')))).toMatchObject({ code: 0 });
    expect(await observe.roundTrip(observe.mutual(host, first))).toBe(true);
    const told = await second.run('run', ...(await answers(second, '')));
    expectTold(told, {
      code: 1,
      what: 'Port 8883 is in use: somebody else has set it up.',
      likely: 'One client uses it: user client01 at',
      next: 'otherTls: keep or close',
      detail: /8883 · certificates of another Highly Trusted CA: refused from now on/,
    });
    expect(await observe.roundTrip(observe.mutual(host, first))).toBe(true);
    expectTold(await second.run('run', ...(await answers(second, 'ports: {tls: 8884}'))), {
      code: 1,
      what: 'Port 8883 uses the files of another set-up, which would be replaced.',
      likely: 'with another authority (/etc/mosquitto/certs/release-0001/)',
      next: 'Go on from there',
    });
    const kept = await second.run('run', ...(await answers(second, 'otherTls: keep')));
    expect(kept, kept.stderr).toMatchObject({ code: 0 });
    expect(await observe.roundTrip(observe.mutual(host, second))).toBe(true);
    expect(await second.run('undo', ...(await reaching(host, second)))).toMatchObject({ code: 0 });
  });

  one('a name that means the machine itself is told, and not taken for the network', async () => {
    await host.succeed(['sh', '-c', 'echo 127.0.1.1 broker.lan >>/etc/hosts']);
    await starting('listener 1883 broker.lan\nallow_anonymous true');
    await using home = await newHome();
    const how = await answers(home, '');
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: 'A listener is bound to broker.lan, which is 127.0.1.1 there.',
      likely: 'only programs on it reach the listener',
      next: 'Write the address in its place',
    });
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
  });

  // 2.1 takes a setting of the whole broker below a listener for that listener's.
  if (suite === 'trixie')
    test('a service that is stopped, and starts at the next boot, keeps its files', async () => {
      const shared = 'include_dir /etc/mosquitto/common.d';
      await host.succeed(['mkdir', '-p', '/etc/mosquitto/common.d']);
      await host.writeFile(
        '/etc/mosquitto/common.d/auth.conf',
        'allow_anonymous false\npassword_file /etc/mosquitto/passwd\n',
      );
      await host.writeFile('/etc/mosquitto/b.conf', `listener 1884\n${shared}\n`);
      await host.writeFile(
        '/etc/systemd/system/mosquitto-b.service',
        '[Service]\nExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/b.conf\n[Install]\nWantedBy=multi-user.target\n',
      );
      await host.succeed(['systemctl', 'enable', 'mosquitto-b']);
      const main = '/etc/mosquitto/mosquitto.conf';
      await host.succeed(['sed', '-i', `1i ${shared}`, main]);
      await starting('listener 1883');
      await using home = await newHome();
      const how = await answers(home, '');
      expectTold(await home.run('run', ...how), {
        code: 1,
        what: '/etc/mosquitto/common.d/auth.conf is also read by another broker, mosquitto-b.service.',
        likely: 'Both services have it',
        next: 'Give each of them files of its own',
      });
      expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
      // One that somebody keeps switched off is nobody's broker.
      await host.succeed(['systemctl', 'disable', 'mosquitto-b']);
      expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
      expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
      await host.succeed(['sed', '-i', '1d', main]);
      await host.succeed([
        'rm',
        '-rf',
        '/etc/mosquitto/common.d',
        '/etc/mosquitto/b.conf',
        '/etc/systemd/system/mosquitto-b.service',
      ]);
    });

  one('a minimum of TLS that rises is told to those who cannot follow', async () => {
    await starting('listener 1883\nallow_anonymous true');
    await using home = await newHome();
    const how = await answers(home, '');
    expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
    await writeFile(join(home.folder, 'answers.yaml'), 'minimumTls: "1.3"\n');
    const dry = await home.run('run', ...how, '--json', '--dry-run');
    const notes = runEvents(dry.stdout).flatMap((one) => (one.event === 'note' ? [one.text] : []));
    expect(notes.join('\n')).toContain(
      'Clients that speak nothing newer than TLS 1.2 are refused at port 8883 from now on',
    );
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
  });
});
