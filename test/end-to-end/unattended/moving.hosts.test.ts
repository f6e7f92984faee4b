import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { succeed, until } from '../../support/hosts/program.ts';
import { suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, statusReport } from '../../support/program/contract.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

const log = '/var/log/mosquitto/mosquitto.log';
const day = 86_400;

/** A device that stays connected; resolves when the broker has let it in. */
async function device(id: string, options: readonly string[]): Promise<ChildProcess> {
  const topic = ['-t', 'test/device', '-i', id, '-d'];
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...topic, ...options]);
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes('CONNACK (0)')) break;
  }
  if (!said.includes('CONNACK (0)')) throw new Error(`${id} was not let in: ${said}`);
  return child;
}

async function gone(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

// One broker from the first look to the closed door: the tests build on each other, in order.
onHosts.each(suites)('the clients of the plain port on %s', limit, (suite) => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  let plain: string[];
  let us: string;
  let pump: ChildProcess;
  beforeAll(async () => {
    host = await bootHost({ suite });
    home = await newHome();
    how = await reaching(host, home);
    us = host.address.replace(/\d+$/, '1');
    plain = ['-h', host.address, '-p', '1883'];
    pump = await device('pump7', [...plain, '-u', 'pumps', '-P', 'secret']);
    const publish = ['mosquitto_pub', '-t', 'test/there', '-n', '-h', '127.0.0.1'];
    await host.succeed([...publish, '-i', 'gauge \u202e$(id)']);
  }, limit.timeout);
  afterAll(async () => {
    pump?.kill();
    await host?.close();
    await home?.remove();
  });

  async function answers(text: string): Promise<string[]> {
    const file = join(home.folder, 'answers.yaml');
    await writeFile(file, text);
    return ['--answers', file];
  }

  const notes = (stdout: string): string[] =>
    runEvents(stdout).flatMap((event) =>
      event.event === 'note' && event.step === 'harden' ? [event.text] : [],
    );

  test('are listed before anything is changed, with what will become of them', async () => {
    const dry = await home.run('run', ...how, '--dry-run', '--json');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    const told = notes(dry.stdout);
    expect(told).toContainEqual(
      expect.stringMatching(/^2 clients use port 1883 now, or did since 20.* UTC;/),
    );
    expect(told).toContain(`pump7 from ${us}, user pumps, connected now: will be refused.`);
    expect(told).toContain('gauge ·$(id) from 127.0.0.1, just now: will be refused.');

    const local = await answers('plainListener: loopback\n');
    const kept = notes((await home.run('run', ...how, ...local, '--dry-run', '--json')).stdout);
    expect(kept).toContain(`pump7 from ${us}, user pumps, connected now: will find nothing there.`);
    expect(kept).toContain('gauge ·$(id) from 127.0.0.1, just now: may go on as now.');
  });

  test('a log that the broker does not write to is no word on who comes', async () => {
    await host.succeed(['sh', '-c', `mv ${log} ${log}.own; cp -p ${log}.own ${log}`]);
    const look = async () => notes((await home.run('run', ...how, '--dry-run', '--json')).stdout);
    const silent = expect.stringContaining('the broker that runs does not write to its log file');
    const apart = await look();
    expect(apart).toContainEqual(silent);
    // What it told until then, and who is connected, is still known.
    expect(apart).toContain(`pump7 from ${us}, user pumps, connected now: will be refused.`);
    await host.succeed(['mv', `${log}.own`, log]);
    expect(await look()).not.toContainEqual(silent);
  });

  // The rest does not depend on the broker's version.
  if (suite !== 'forky') return;

  test('are told at every look while the door is open, also when the log is gone', async () => {
    const open = await answers('plainListener: open\n');
    const run = await home.run('run', ...how, ...open, '--json');
    expect(run, run.stdout).toMatchObject({ code: 0, stderr: '' });
    // It would come back by itself, but in its own time.
    await gone(pump);
    pump = await device('pump7', [...plain, '-u', 'pumps', '-P', 'secret']);

    // Rotated as logrotate does, and what is older than that.
    const now = Math.floor(Date.now() / 1000);
    const line = (ago: number, port: number, id: string) =>
      `${now - ago}: New connection from 10.0.0.9:${port} on port 1883.\n${now - ago}: New client connected from 10.0.0.9:${port} as ${id} (p2, c1, k60).\n`;
    const old = `${now - 30 * day}: mosquitto version running\n${line(20 * day, 1, 'forgotten')}`;
    await host.writeFile(`${log}.2.gz`, gzipSync(old));
    await host.writeFile(`${log}.1`, line(2 * day, 2, 'meter'));
    const first = await home.run('status', ...how);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('    Still by port 1883: pump7, ');
    expect(first.stdout).toContain(`    pump7 from ${us}, user pumps, connected now.`);
    expect(first.stdout).toContain('    meter from 10.0.0.9, 2 days ago.');
    expect(first.stdout).not.toContain('forgotten');

    await host.succeed(['sh', '-c', `rm ${log}*; systemctl reload mosquitto`]);
    const second = await home.run('status', ...how, '--json');
    const told = statusReport.parse(JSON.parse(second.stdout)).steps[5];
    expect(told).toMatchObject({
      status: 'done',
      detail: expect.stringContaining('used by pump7, '),
    });
    expect(told?.notes).toContain(`pump7 from ${us}, user pumps, connected now.`);
    expect(told?.notes).toContain('meter from 10.0.0.9, 2 days ago.');
    const again = await home.run('run', ...how, '--json');
    const ageless = (texts: string[] = []) =>
      texts.map((text) => text.replace(/just now|\d+ minutes? ago/, 'lately'));
    expect(ageless(notes(again.stdout))).toEqual(ageless(told?.notes));
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'unchanged' });
  });

  test('are on the screen when the guided session is started', async () => {
    const screen = new Terminal(process.execPath, [launcher, ...how], {
      env: home.environment,
      limit: 30_000,
    });
    onTestFinished(() => screen.close());
    await screen.seen(/sudo password|step \d of 7/);
    if (/sudo password/.test(screen.screen())) {
      screen.type(host.ssh.password);
      await screen.seen('****');
      screen.press('enter');
    }
    await screen.seen(' Still by port 1883: pump7, ');
    await screen.seen('step 7 of 7');
    screen.press('b');
    await screen.seen('step 6 of 7');
    await screen.seen(/Client +From +User +Seen/);
    await screen.seen(new RegExp(`pump7 +${us} +pumps +connected now`));
    await screen.seen('Close port 1883');
    screen.press('q');
    expect((await screen.exit()).code).toBe(0);
  });

  test('keep the door from being closed, until they have moved or are acknowledged', async () => {
    const before = await observe.tree(host);
    const close = async (more = '') =>
      home.run('run', ...how, ...(await answers(`plainListener: refuse\n${more}`)));
    const refused = await close();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('clients still come by port 1883, which is to be closed.');
    expect(refused.stderr).toContain(`pump7 from ${us}, user pumps, connected now`);
    expect(refused.stderr).toContain('meter from 10.0.0.9, 2 days ago');
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);

    await gone(pump);
    pump = await device('pump7', observe.mutual(host, home));
    const without = await close('acknowledged: [meter, 127.0.0.1]\n');
    expect(without.code).toBe(1);
    // Without an id of its own, by where it comes from: our own look from outside, just now.
    expect(without.stderr).toContain('One client still comes by port 1883');
    expect(without.stderr).toContain(`acknowledged: ["${us}"]`);
    expect(without.stderr).not.toContain('pump7');
    expect(await observe.tree(host)).toBe(before);

    const closed = await close(`acknowledged: [meter, 127.0.0.1, ${us}]\n`);
    expect(closed, closed.stdout).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect((await home.run('status', ...how)).stdout).not.toContain('1883: ');
  });

  test('of an open door stop nobody who asks for no quiet days', async () => {
    const undone = await home.run('undo', ...how);
    expect(undone).toMatchObject({ code: 0 });
    const open = await home.run('run', ...how, ...(await answers('plainListener: open\n')));
    expect(open, open.stdout).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host)).toBe(0);
    const now = await answers('plainListener: remove\nquietDays: 0\n');
    expect(await home.run('run', ...how, ...now)).toMatchObject({ code: 0 });
    expect(await observe.anonymous(host)).toBe(1);
  });
});

onHosts('the clients of a broker that logs to the journal alone', limit, () => {
  test.each([
    ['trixie', 'stderr'],
    ['forky', 'syslog'],
  ] as const)('are listed on %s, with log_dest %s', async (suite, destination) => {
    await using host = await bootHost({ suite });
    await using home = await newHome();
    const script = 'sed -i "s/^log_dest .*/log_dest $1/" "$2" && systemctl restart mosquitto';
    const conf = '/etc/mosquitto/mosquitto.conf';
    await host.succeed(['sh', '-c', script, 'change', destination, conf]);
    expect(String(await host.read(conf))).toMatch(new RegExp(`^log_dest ${destination}$`, 'm'));
    await until('the broker to be back', 30, () => host.listens(1883));
    const to = ['-h', host.address, '-p', '1883', '-t', 'test/there', '-n'];
    await succeed(['mosquitto_pub', ...to, '-i', 'meter3', '-u', 'meters', '-P', 'secret']);
    const how = await reaching(host, home);
    const dry = await home.run('run', ...how, '--dry-run', '--json');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      /meter3 from 10\.77\.\d+\.1, user meters, just now: will be refused\./,
    );
  });
});
