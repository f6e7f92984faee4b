import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

onHosts('what is not as it should be', limit, () => {
  let host: TestHost;
  let home: Home;
  /** Where, with which key; then the rest of what it takes to get in. */
  let where: string[];
  let how: string[];
  let before: string;
  let pid: number;
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
    home = await newHome();
    how = await reaching(host, home);
    where = how.slice(0, 4);
    before = await observe.tree(host);
    pid = (await observe.service(host)).pid;
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });
  // Whatever was wrong: the host is as it was, and its broker was not even restarted.
  afterEach(async () => {
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.service(host)).toEqual({ pid, state: 'active' });
    expect(await observe.anonymous(host)).toBe(0);
  });

  const knownHosts = () => join(home.folder, '.ssh/known_hosts');
  const fingerprint = () => host.ssh.fingerprints['ssh-ed25519'] ?? '';
  const accepted = () => ['--accept-host-key', fingerprint()];

  async function file(name: string, text: string): Promise<string> {
    const path = join(home.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  test('an unknown host key: its fingerprint is shown, and nothing is trusted', async () => {
    const run = await home.run('run', ...where, '--json');
    expectTold(run, {
      code: 1,
      what: `${host.address} is not a known host.`,
      likely: 'This is the first connection to it from here, so its key cannot be checked.',
      next: `give --accept-host-key ${fingerprint()}`,
    });
    expect(runEvents(run.stdout)).toMatchObject([{ event: 'end', result: 'failed' }]);
  });

  test('another host key than the one given', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    expectTold(await home.run('run', ...where, '--accept-host-key', other), {
      code: 1,
      what: `${host.address} has another key than the one given.`,
      likely: 'Another machine answers at that address',
      next: `Given was ${other}; the host shows ${fingerprint()}.`,
    });
  });

  test('a host key that changed', async () => {
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIE8qQPDSn1EV2zmSvwYmLrqSTzLkgyHoRFfXSpQFQNnb';
    await mkdir(join(home.folder, '.ssh'), { recursive: true, mode: 0o700 });
    await writeFile(knownHosts(), `# mine\n${host.address} ssh-ed25519 ${key}\n`);
    // Also where it is said to be right: that is for hosts that are not known yet.
    expectTold(await home.run('run', ...how, '--accept-new-host-key'), {
      code: 1,
      what: `The key of ${host.address} is not the known one.`,
      likely: /installed anew .* or somebody listens in between/,
      next: `(${knownHosts()}, line 2)`,
      detail: fingerprint(),
    });
    await rm(knownHosts());
  });

  test('a wrong login password', async () => {
    const login = ['--password-file', await file('wrong', 'wrong\n')];
    expectTold(await home.run('run', ...where.slice(0, 2), ...accepted(), ...login), {
      code: 1,
      what: `radxa@${host.address} did not accept the password.`,
      likely: 'A typing error',
      next: `ssh radxa@${host.address}`,
    });
  });

  test('a wrong sudo password, and none', async () => {
    const wrong = ['--sudo-password-file', await file('wrong', 'wrong\n')];
    expectTold(await home.run('run', ...where, ...accepted(), ...wrong), {
      code: 4,
      what: `sudo on radxa@${host.address} refused the password.`,
      likely: 'A typing error',
      next: 'Try again',
    });
    expectTold(await home.run('run', ...where, ...accepted()), {
      code: 4,
      what: `sudo on radxa@${host.address} asks for a password.`,
      likely: 'Nobody can be asked for it in this run.',
      next: '--sudo-password-file FILE',
    });
  });

  test('a host that cannot be reached', async () => {
    await host.cutLink();
    try {
      const run = await home.run('run', ...how, '--json');
      expectTold(run, { code: 3, what: host.address, likely: /\w/, next: /\w/ });
      expect(runEvents(run.stdout)).toMatchObject([{ event: 'end', result: 'failed' }]);
    } finally {
      await host.healLink();
    }
  });

  test('nothing that speaks SSH', async () => {
    const elsewhere = ['--broker', `radxa@${host.address}:2222`, ...how.slice(2)];
    expectTold(await home.run('status', ...elsewhere), {
      code: 3,
      what: `nothing listens at ${host.address} port 2222.`,
      likely: 'The SSH server there is not running, uses another port, or a firewall refuses.',
      next: 'Another port is given as host:port.',
    });
  });

  test('a forgotten passphrase', async () => {
    const [right, wrong] = [await file('right', 'horse\n'), await file('wrong', 'cow\n')];
    const run = ['run', ...how];
    const authority = join(home.folder, 'locked');
    const text = `authority: { folder: "${authority}", passphrase: ask }\n`;
    const answers = ['--answers', await file('answers.yaml', text)];
    expectTold(await home.run(...run, ...answers), {
      code: 1,
      what: "A passphrase was asked for the authority's key, and none was given.",
      likely: 'Nobody can be asked in an unattended run.',
      next: '--passphrase-file FILE',
    });
    const made = [...answers, '--passphrase-file', right, '--through', 'authority'];
    expect(await home.run(...run, ...made)).toMatchObject({ code: 0 });
    const key = await readFile(join(authority, 'root_ca.key'), 'utf8');
    expect(key).toContain('ENCRYPTED');
    expectTold(await home.run(...run, ...answers, '--passphrase-file', wrong), {
      code: 1,
      what: "The passphrase given does not open the authority's key.",
      likely: 'It is that of another key, or it was mistyped.',
      next: 'If it is forgotten, nothing can be signed with this authority any more',
    });
    expect(await readFile(join(authority, 'root_ca.key'), 'utf8')).toBe(key);
  });

  test("somebody else's files where an authority was to be", async () => {
    const folder = join(home.folder, 'theirs');
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine\n');
    const text = `authority: { folder: "${folder}" }\n`;
    expectTold(await home.run('run', ...how, '--answers', await file('answers.yaml', text)), {
      code: 1,
      what: `${folder} holds files that are not an authority's.`,
      likely: "It is somebody else's folder: notes.txt.",
      next: 'Choose an empty folder, or one that does not exist yet.',
    });
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine\n');
  });

  test("somebody else's key where a client's was to be", async () => {
    const folder = join(home.folder, 'client-of-others');
    await mkdir(folder);
    await writeFile(join(folder, 'valve.key'), 'theirs\n');
    const text = `clients: [{ name: valve, folder: "${folder}" }]\n`;
    expectTold(await home.run('run', ...how, '--answers', await file('answers.yaml', text)), {
      code: 1,
      what: `${folder} has somebody else's files in it.`,
      likely: 'There are files named like those of valve that this authority did not make.',
      next: 'Move them away, or choose another folder or another name for this client.',
      detail: join(folder, 'valve.key'),
    });
    expect(await readFile(join(folder, 'valve.key'), 'utf8')).toBe('theirs\n');
  });

  test("somebody else's files among the broker's certificates", async () => {
    const theirs = '/etc/mosquitto/certs/current';
    await host.writeFile(theirs, 'theirs\n');
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: `${theirs} on radxa@${host.address} is somebody else's.`,
      likely: 'Another set-up keeps something under the name that Lockstep uses for its files.',
      next: 'Move it away if nothing needs it, then try again. Nothing was changed.',
    });
    expect(String(await host.read(theirs))).toBe('theirs\n');
    await host.succeed(['rm', theirs]);
  });

  test('a read-only /etc', async () => {
    await host.succeed(['sh', '-c', 'mount --bind /etc /etc && mount -o remount,bind,ro /etc']);
    try {
      const answers = ['--answers', await file('answers.yaml', 'clients: [{ name: pump }]\n')];
      expectTold(await home.run('run', ...how, ...answers), {
        code: 1,
        what: `The broker's files could not be put into place on radxa@${host.address}.`,
        likely: 'The file system there is mounted read-only: by choice, or after a disk error.',
        next: 'Make it writable ("findmnt" and "dmesg" tell more), then try again.',
        detail: 'Read-only file system',
      });
      // Nothing is half-done: there is nothing to undo.
      const undo = await home.run('undo', ...how);
      expect(undo).toMatchObject({ code: 0 });
      expect(undo.stdout).toContain('There is nothing to put back');
    } finally {
      await host.succeed(['umount', '--lazy', '/etc']); // somebody may look into it just now
    }
  });

  test('an undo where nothing was ever done leaves no trace', async () => {
    await host.succeed(['rm', '-rf', '/var/lib/mqtt-lockstep']);
    const undo = await home.run('undo', ...how, '--json');
    expect(undo).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(undo.stdout)).toMatchObject({ result: 'nothing-to-undo', removed: [] });
    expect(await host.stat('/var/lib/mqtt-lockstep')).toBeNull();
  });
});

onHosts('brokers that cannot be secured as they are', limit, () => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  beforeAll(async () => {
    host = await bootHost({ suite: 'bookworm' });
    home = await newHome();
    how = await reaching(host, home);
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  test('one that is stopped', async () => {
    await host.succeed(['systemctl', 'stop', 'mosquitto']);
    const before = await observe.tree(host);
    const run = await home.run('run', ...how, '--json');
    expectTold(run, {
      code: 1,
      what: 'Mosquitto is installed, but it is not running.',
      likely: 'It was stopped, or it failed to start; "systemctl status mosquitto" tells.',
      next: 'Start it ("sudo systemctl start mosquitto"), then try again.',
    });
    expect(runEvents(run.stdout).at(-1)).toMatchObject({ result: 'failed' });
    const status = await home.run('status', ...how);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^1 Inspect +blocked +Mosquitto is not running\.$/m);
    expect(await observe.tree(host)).toBe(before);
    expect((await observe.service(host)).state).toBe('inactive');
    const audit = async () =>
      auditReport
        .parse(JSON.parse((await home.run('audit', ...how, '--json')).stdout))
        .findings.filter(({ id }) => /^(not-running|next-restart)/.test(id));
    expect(await audit()).toMatchObject([{ id: 'not-running', severity: 'warning' }]);
    await host.succeed(['systemctl', 'start', 'mosquitto']);
    expect(await audit()).toEqual([]);
  });

  test.each([
    ['listener 1997\npassword_file /etc/mosquitto/nope', /nope/],
    ['listener 1999\ncafile /c/no\ncertfile /c/no\nkeyfile /c/no', /\/c\/no/],
    ['listener 1998\nacl_file /etc/mosquitto/none.acl', /none\.acl/],
  ])('one that does not start any more: why is told (%j)', async (text, why) => {
    const bad = '/etc/mosquitto/conf.d/zz.conf';
    await host.writeFile(bad, `${text}\n`);
    expect((await host.exec(['systemctl', 'restart', 'mosquitto'])).code).not.toBe(0);
    const { code, stdout } = await home.run('audit', ...how);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The configuration is read without complaint, but the broker does not start with it\./,
    );
    expect(stdout).toContain('The broker does not run.');
    expect(stdout).toMatch(new RegExp(`The broker does not start: .*${why.source}`, 'i'));
    const run = await home.run('run', ...how);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/not running\.[\s\S]*The broker does not start: /);
    await host.succeed(['rm', bad]);
    await host.succeed([
      'sh',
      '-c',
      'systemctl reset-failed mosquitto; systemctl restart mosquitto',
    ]);
  });

  test('one of whose configuration a part cannot be read', async () => {
    const bad = '/etc/mosquitto/conf.d/zz';
    const those: [string, RegExp, string][] = [
      [`mkfifo ${bad}.conf`, /a pipe, a socket or a device, not a file/, 'Put the file that is'],
      [`ln -s zz.conf ${bad}.conf`, /zz\.conf is a link that leads back to itself/, 'Put the file'],
      [
        `truncate -s 10G ${bad}.conf`,
        /larger than 1 MiB, more than Lockstep/,
        'See whether that is',
      ],
      [`touch "$(printf '${bad}\\377.conf')"`, /zz\ufffd\.conf is not UTF-8/, 'Give it a name in'],
    ];
    for (const [make, likely, next] of those) {
      await host.succeed(['sh', '-c', make]);
      expectTold(await home.run('run', ...how), {
        code: 1,
        what: 'A part of the configuration was not read, so nothing is changed.',
        likely,
        next,
      });
      const { code, stdout } = await home.run('audit', ...how);
      expect(code).toBe(1);
      expect(stdout).toMatch(likely);
      await host.succeed(['sh', '-c', `rm ${bad}*`]);
    }
  });

  test('one whose configuration does not load, though it runs', async () => {
    const bad = '/etc/mosquitto/conf.d/zz.conf';
    await host.writeFile(bad, '# ours\nmax_conections 10\n');
    const before = await observe.tree(host);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: 'The broker would not start with its configuration as it is.',
      likely: 'A file was changed after the broker started; the next restart would be an outage.',
      next: `Correct ${bad}, line 2, or undo the last change to it, then try again.`,
      detail: 'Error: Unknown configuration variable "max_conections".',
    });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
    await host.succeed(['rm', bad]);
  });
});

onHosts('hosts that lack something', limit, () => {
  test('sudo rights', async () => {
    await using host = await bootHost({ suite: 'bookworm', variant: 'nosudo' });
    await using home = await newHome();
    const before = await observe.tree(host);
    expectTold(await home.run('run', ...(await reaching(host, home))), {
      code: 4,
      what: `This user may not become root with sudo on radxa@${host.address}.`,
      likely: 'The user is not in the group that may use sudo, or only for other commands.',
      next: 'usermod -aG sudo USER',
      detail: 'radxa is not in the sudoers file.',
    });
    expect(await observe.tree(host)).toBe(before);
  });

  test('mosquitto', async () => {
    await using host = await bootHost({ suite: 'trixie', variant: 'no-mosquitto' });
    await using home = await newHome();
    expectTold(await home.run('run', ...(await reaching(host, home))), {
      code: 1,
      what: `There is no Mosquitto on radxa@${host.address}.`,
      likely: 'It was never installed there, or it runs in a container.',
      next: 'Install it ("sudo apt install mosquitto"), or check that this is the right machine.',
    });
    expect(await host.stat('/etc/mosquitto')).toBeNull();
  });

  test('room on its disk', async () => {
    await using host = await bootHost({ suite: 'forky', diskMiB: 24 });
    await using home = await newHome();
    const how = await reaching(host, home);
    const before = await observe.tree(host);
    const { pid } = await observe.service(host);
    await host.exec(['sh', '-c', 'cat /dev/zero > /full; cat /dev/zero >> /full']);
    expectTold(await home.run('run', ...how), {
      code: 1,
      what: `The broker's files could not be put into place on radxa@${host.address}.`,
      likely: 'The disk there is full.',
      next: 'Make room ("df -h" shows where; "df -i" too, where too many small files are the cause), then try again. The broker was not touched.',
    });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.service(host)).toEqual({ pid, state: 'active' });
    const undo = await home.run('undo', ...how);
    expect(undo.stdout).toContain('There is nothing to put back');
    // With room again, it goes on where it was.
    await host.succeed(['rm', '/full']);
    const again = await home.run('run', ...how, '--json');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'secured' });
  });
});
