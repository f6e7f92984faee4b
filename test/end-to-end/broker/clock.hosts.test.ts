import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { suites } from '../../support/hosts/suites.ts';
import { setClock, wrongClocks } from '../../support/hosts/weather/clock.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, verification } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { expectTold } from '../../support/program/trouble.ts';

// One host for all its clocks: the tests build on each other, in order.
onHosts.each(process.env.LOCKSTEP_TEST_FULL === '1' ? suites : (['bookworm'] as const))(
  'a host on %s whose clock is',
  limit,
  (suite) => {
    let host: TestHost;
    let home: Home;
    let how: string[];
    let before: string;
    beforeAll(async () => {
      host = await bootHost({ suite });
      home = await newHome();
      how = await reaching(host, home);
      before = await observe.tree(host);
    }, limit.timeout);
    afterAll(async () => {
      await host?.close();
      await home?.remove();
    });

    /** Nothing was begun on the broker, and it serves as it did. */
    async function untouched(): Promise<void> {
      expect(await observe.tree(host)).toBe(before);
      expect(await observe.anonymous(host)).toBe(0);
    }

    test.each([
      ['an hour behind', /is (1 hour|59 minutes) behind/, /container: its clock is that of/],
      ['a day behind', /is (1 day|23 hours 59 minutes) behind/, /container: its clock is that of/],
      ['in 1970', /is 5\d years \d+ days? behind/, /1970-01-01 .*It starts in the past/],
    ] as const)('%s: no certificate goes there that would not be valid', async (name, off, why) => {
      await setClock(host, wrongClocks[name]);
      const run = await home.run('run', ...how, '--json');
      expectTold(run, {
        code: 1,
        what: new RegExp(
          `clock of radxa@.* ${off.source}: .* would not be valid there before 20\\d\\d-`,
        ),
        likely: why,
        next: /clock of the machine|sudo date -u -s '20\d\d-/,
      });
      expect(runEvents(run.stdout).at(-2)).toMatchObject({ step: 'distribute', status: 'failed' });
      await untouched();
    });

    test('a year ahead: no certificate goes there that has ended', async () => {
      await using short = await newHome();
      const answers = join(short.folder, 'answers.yaml');
      await writeFile(answers, `broker: radxa@${host.address}\ncertificates:\n  days: 200\n`);
      await setClock(host, wrongClocks['a year ahead']);
      const run = await short.run('run', ...how, '--answers', answers);
      expectTold(run, {
        code: 1,
        what: /is 1 year ahead: the certificate [\d.]+\.crt has ended there, on 20/,
        likely: /There it is 20.*, here 20/,
        next: /nothing was changed/,
      });
      await untouched();
    });

    test('a year ahead: what is valid there all the same is installed, and it is told', async () => {
      const run = await home.run('run', ...how);
      expect(run).toMatchObject({ code: 0 });
      expect(run.stdout).toMatch(
        /note: The clock of radxa@.* is 1 year ahead\. The certificates are/,
      );
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
      // Times of files are in the host's time there, which went through that library twice.
      const timeless = (tree: string) => tree.replace(/ \d+\.\d+ /g, ' ');
      expect(timeless(await observe.tree(host))).toBe(timeless(before));
      expect(await observe.anonymous(host)).toBe(0);
    });

    test('set back between two steps: Harden does not go on', async () => {
      await setClock(host, 0);
      expect(await home.run('run', ...how, '--through', 'distribute')).toMatchObject({ code: 0 });
      await setClock(host, wrongClocks['a day behind']);
      const placed = await observe.tree(host);
      const run = await home.run('run', ...how, '--json');
      expectTold(run, {
        code: 1,
        what: /day behind: .* would not be valid there before/,
        likely: /There it is 20/,
        next: /nothing was changed/,
      });
      expect(runEvents(run.stdout).at(-2)).toMatchObject({ step: 'harden', status: 'failed' });
      expect(await observe.tree(host)).toBe(placed);
      expect(await observe.anonymous(host)).toBe(0);
    });

    test('set back after the set-up: the broker refuses everybody, and the cause is told', async () => {
      await setClock(host, 0);
      expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      await setClock(host, wrongClocks['a day behind']);
      // What the gate is for: this is what a certificate meets that is put there regardless.
      expect((await observe.publish(observe.mutual(host, home))).code).not.toBe(0);
      expect(String(await host.read('/var/log/mosquitto/mosquitto.log'))).toMatch(
        /certificate verify failed/,
      );
      const secured = await observe.tree(host);
      expectTold(await home.run('run', ...how), {
        code: 1,
        what: /day behind: .* would not be valid there before/,
        likely: /There it is 20/,
        next: /nothing was changed/,
      });
      expect(await observe.tree(host)).toBe(secured);
      const seen = await home.run('status', ...how);
      expect(seen.stdout).toMatch(/^1 Inspect .* Its clock is .* behind\.$/m);
      await setClock(host, 0);
      expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      expect(
        verification.parse(JSON.parse((await home.run('verify', ...how, '--json')).stdout)),
      ).toMatchObject({
        failed: 0,
      });
    });

    test("a client's own machine, a day behind: nothing is brought there until it is right", async () => {
      await using shed = await bootHost({ suite: 'trixie', name: 'shed' });
      const there = `radxa@${shed.address}`;
      const [answers, password] = ['answers.yaml', 'password'].map((it) => join(home.folder, it));
      await writeFile(answers ?? '', `clients: [{ name: shed, host: ${there} }]\n`);
      await writeFile(password ?? '', `${shed.ssh.password}\n`, { mode: 0o600 });
      const key = ['--accept-host-key', `${there}=${shed.ssh.fingerprints['ssh-ed25519']}`];
      const more = ['--answers', answers ?? '', '--password-file', `${there}=${password}`, ...key];
      const secured = await observe.tree(host);
      await setClock(shed, wrongClocks['a day behind']);
      expectTold(await home.run('run', ...how, ...more), {
        code: 1,
        what: new RegExp(`clock of ${there} is .* behind: .* would not be valid there before`),
        likely: /There it is 20/,
        next: /nothing was changed/,
      });
      expect(await observe.tree(host)).toBe(secured);
      expect(await shed.stat('/home/radxa/shed')).toBe(null);
      await setClock(shed, 0);
      expect(await home.run('run', ...how, ...more)).toMatchObject({ code: 0 });
      expect(await shed.stat('/home/radxa/shed/shed.key')).toMatchObject({ mode: 0o600 });
    });
  },
);
