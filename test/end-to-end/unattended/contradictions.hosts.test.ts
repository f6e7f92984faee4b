import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const folder = '/etc/mosquitto';
const main = `${folder}/mosquitto.conf`;
/** What Harden switches besides files, so that it can be put back with them. */
const links = ['/etc/mosquitto/certs/current', '/etc/mosquitto/ca_certificates/root_ca.crt'];
const access = `${folder}/conf.d/access.conf`;
const open = 'listener 1883\nallow_anonymous true\n';
const debian = 'persistence true\nlog_dest file /var/log/mosquitto/mosquitto.log\n';
const include = `include_dir ${folder}/conf.d\n`;

interface Case {
  name: string;
  files: Record<string, string>;
  /** Folders of Debian's package that are not there. */
  without?: string[];
  /** Files that change besides access.conf. */
  changed: string[];
  /** What is said beforehand, part of it. */
  notes: string[];
  /** What has to be said first. */
  answers?: string;
}

const cases: Case[] = [
  {
    name: 'a second listener on 8883 in another file',
    files: {
      [access]: open,
      [`${folder}/conf.d/other.conf`]: '# theirs\nlistener 8883\nmax_connections 10\n',
    },
    changed: [`${folder}/conf.d/other.conf`],
    notes: ['other.conf, line 2: "listener 8883" is taken out.', 'line 3: "max_connections 10"'],
    answers: 'otherTls: close\n',
  },
  {
    name: 'anonymous clients let in by a file that is read later',
    files: { [access]: open, [`${folder}/conf.d/zz.conf`]: 'allow_anonymous true\r\n' },
    changed: [`${folder}/conf.d/zz.conf`],
    notes: ['zz.conf, line 1: "allow_anonymous true" is taken out. It counts for all listeners'],
  },
  {
    name: 'per_listener_settings in mosquitto.conf, and a third listener',
    files: {
      [main]: `per_listener_settings true\n${debian}${include}`,
      [access]: open,
      [`${folder}/conf.d/third.conf`]: 'listener 1884\nallow_anonymous true\n',
    },
    changed: [main, `${folder}/conf.d/third.conf`],
    notes: [
      'mosquitto.conf, line 1: "per_listener_settings true" is taken out.',
      '1884 · anonymous: refused from now on',
    ],
  },
  {
    name: 'all in mosquitto.conf, which includes nothing and does not end its last line',
    files: { [main]: `${debian}listener 1883\nallow_anonymous true` },
    changed: [main],
    notes: ['mosquitto.conf, line 4: "allow_anonymous true" is taken out.'],
  },
  {
    name: 'a bare installation: one file, and none of the folders of the package',
    files: { [main]: `${debian}listener 1883\nallow_anonymous true\n` },
    without: ['conf.d', 'certs', 'ca_certificates'],
    changed: [main],
    notes: ['mosquitto.conf, line 4: "allow_anonymous true" is taken out.'],
  },
  {
    name: 'the old way of naming a port',
    files: { [main]: `${debian}port 1883\nallow_anonymous true\n${include}` },
    changed: [main],
    notes: ['line 3: "port 1883" is taken out. Port 1883 is set up in access.conf.'],
  },
];

// The oldest and the newest reader; the one between is met in the corpus.
onHosts.each(['bookworm', 'forky'] as const)('what contradicts on %s', limit, (suite) => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  beforeAll(async () => {
    host = await bootHost({ suite, config: 'default' });
    await host.succeed(['cp', '-a', folder, '/root/debian']);
    home = await newHome();
    how = await reaching(host, home);
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  /** Debian's configuration with these files, and the broker serving it. */
  async function begin(files: Record<string, string>, without: string[] = []): Promise<string> {
    await host.succeed(['sh', '-euc', `rm -rf ${folder}; cp -a /root/debian ${folder}`]);
    for (const name of without) await host.succeed(['rm', '-r', `${folder}/${name}`]);
    for (const [path, text] of Object.entries(files)) await host.writeFile(path, text);
    await host.succeed(['systemctl', 'restart', 'mosquitto']);
    return observe.tree(host);
  }

  async function undone(before: string): Promise<void> {
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect((await observe.service(host)).state).toBe('active');
  }

  test.each(cases)('$name', async ({ files, without, changed, notes, answers = '' }) => {
    const before = await begin(files, without);
    const file = join(home.folder, 'answers.yaml');
    await writeFile(file, answers);
    const run = await home.run('run', ...how, '--answers', file, '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const events = runEvents(run.stdout);
    expect(events.at(-1)).toMatchObject({ result: 'secured' });
    const hardened = events.flatMap((event) =>
      event.event === 'change' && event.step === 'harden' && 'path' in event ? [event.path] : [],
    );
    expect(hardened.sort()).toEqual([access, ...links, ...changed].sort());
    const told = events.flatMap((event) => (event.event === 'note' ? [event.text] : [])).join('\n');
    for (const note of notes) expect(told).toContain(note);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    const second = Object.values(files).some((text) => text.includes('listener 1884'));
    expect(host.listens(1884)).toBe(second);
    if (second) expect(await observe.anonymous(host, 1884)).toBe(observe.notAuthorised);
    await undone(before);
    expect(await observe.anonymous(host)).toBe(0);
  });

  test('bound to its own machine: the new door is opened to the network, and it is told', async () => {
    const before = await begin({ [access]: 'listener 1883 127.0.0.1\nallow_anonymous true\n' });
    await using own = await newHome(); // what is answered here is remembered there only
    const [how, file] = [await reaching(host, own), join(own.folder, 'answers.yaml')];
    await writeFile(file, 'plainListener: open\n');
    // "Open" leaves it as it is: to the network it was never open.
    const run = await own.run('run', ...how, '--answers', file);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('port 8883 will be open to the network.');
    expect(await observe.roundTrip(observe.mutual(host, own))).toBe(true);
    expect([await observe.anonymous(host), await observe.anonymousThere(host)]).toEqual([1, 0]);
    await undone(before);
  });

  test('passwords, an access list and websockets of an older set-up', async () => {
    const user = ['-u', 'alice', '-P', 'secret'];
    const plain = ['-h', host.address, '-p', '1883', ...user];
    await begin({
      [access]: `per_listener_settings true\nlistener 1883\npassword_file ${folder}/passwd\nacl_file ${folder}/acl\n\nlistener 9001\nprotocol websockets\nallow_anonymous true\n`,
      [`${folder}/acl`]: 'user alice\ntopic readwrite #\n',
      [`${folder}/passwd`]: '',
    });
    const passwd = `mosquitto_passwd -b ${folder}/passwd alice secret
      chown mosquitto: ${folder}/passwd; chmod 600 ${folder}/passwd; systemctl restart mosquitto`;
    await host.succeed(['sh', '-euc', passwd]);
    expect(await observe.roundTrip(plain)).toBe(true);
    const barred = await home.run('run', ...how);
    const must = `The access list ${folder}/acl counts for certificates, too: it must allow client01.`;
    expect(barred, barred.stderr).toMatchObject({ code: 1, stderr: expect.stringContaining(must) });
    expect(barred.stdout).toContain(must);
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });

    const allow = `printf 'user client01\\ntopic readwrite #\\n' >>${folder}/acl; systemctl restart mosquitto`;
    await host.succeed(['sh', '-euc', allow]);
    const before = await observe.tree(host);
    const run = await home.run('run', ...how);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('1883 · password: refused from now on, 1 seen: ');
    expect(run.stdout).toContain('9001 (websockets) · anonymous: refused from now on');
    expect(run.stdout).not.toContain('it must allow');
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    // The port refuses everyone, as it was said: with a password, too.
    expect((await observe.publish(plain)).code).toBe(observe.notAuthorised);
    expect(host.listens(9001)).toBe(true);
    await undone(before);
    expect(await observe.roundTrip(plain)).toBe(true);
  });

  test('an access list that leaves the new clients out: all is as before, and why', async () => {
    const before = await begin({
      [access]: `${open}acl_file ${folder}/acl\n`,
      [`${folder}/acl`]: 'topic readwrite #\n',
    });
    const run = await home.run('run', ...how);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('lets it neither write nor read anything: no message was sent.');
    expect(run.stderr).toContain(`The access list ${folder}/acl counts for certificates, too`);
    expect(run.stderr).toContain('Let them allow these clients');
    expect(await observe.anonymous(host)).toBe(0);
    expect((await host.read(access))?.toString()).toBe(`${open}acl_file ${folder}/acl\n`);
    await undone(before);
  });
});
