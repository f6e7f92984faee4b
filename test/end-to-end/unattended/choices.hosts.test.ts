import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

onHosts('choices', limit, () => {
  let host: TestHost;
  let home: Home;
  let how: string[];
  let before: string;
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie' });
    home = await newHome();
    how = await reaching(host, home);
    before = await observe.tree(host);
  }, limit.timeout);
  afterAll(async () => {
    await host?.close();
    await home?.remove();
  });

  async function answers(text: string): Promise<string[]> {
    const file = join(home.folder, 'answers.yaml');
    await writeFile(file, text);
    return ['--answers', file];
  }

  /** One run, which must end so; gives its events. */
  async function run(result: string, ...more: string[]) {
    const { code, stdout, stderr } = await home.run('run', ...how, ...more, '--json');
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    const events = runEvents(stdout);
    expect(events.at(-1)).toMatchObject({ event: 'end', result });
    return events;
  }

  async function undone(): Promise<void> {
    expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
  }

  test('--dry-run says what would be changed, and changes nothing', async () => {
    const events = await run('unchanged', '--dry-run');
    expect(events.filter(({ event }) => event === 'change')).toEqual([]);
    const planned = events.flatMap((event) =>
      event.event === 'planned' ? [`${event.step} ${event.action}`] : [],
    );
    expect(new Set(planned)).toEqual(
      new Set([
        'authority create',
        'certificates create',
        'distribute create',
        'harden create',
        'harden replace',
        'harden restart',
      ]),
    );
    expect(await observe.tree(host)).toBe(before);
    expect(await host.stat('/var/lib/mqtt-lockstep')).toBeNull();
    expect(observe.there(home, 'authority')).toBe(false);
    expect(observe.there(home, 'clients')).toBe(false);
    const words = await home.run('run', ...how, '--dry-run');
    expect(words.stdout).toContain('would replace /etc/mosquitto/conf.d/access.conf (0644)');
    expect(words.stdout).not.toContain('in place already: No authority');
  });

  test('--through stops after a step, and the next run goes on from there', async () => {
    const events = await run('partial', '--through', 'certificates');
    expect(events.at(-2)).toMatchObject({ step: 'certificates', status: 'done' });
    expect(await observe.tree(host)).toBe(before);
    const { pid } = await observe.service(host);
    await run('partial', '--through', 'distribute');
    expect(await observe.service(host)).toEqual({ pid, state: 'active' });
    // Files that no broker used yet are taken away without a restart.
    await undone();
    expect(await observe.service(host)).toEqual({ pid, state: 'active' });
  });

  // From one to the next without undoing: minds change. "refuse" is the default, tested elsewhere.
  test.each([
    { plainListener: 'open', minimumTls: '1.2', outside: 0, there: 0 },
    { plainListener: 'loopback', minimumTls: '1.3', outside: 1, there: 0 },
    { plainListener: 'remove', minimumTls: '1.3', outside: 1, there: 1 },
  ] as const)('port 1883: $plainListener, TLS $minimumTls', async (choice) => {
    const { plainListener, minimumTls, outside, there } = choice;
    const how = await answers(
      `plainListener: ${plainListener}\nminimumTls: "${minimumTls}"\nquietDays: 0\n`,
    );
    await run('secured', ...how);
    expect(await observe.anonymous(host)).toBe(outside);
    expect(await observe.anonymousThere(host)).toBe(there);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    const old = await observe.openssl(host, home, 'tls1_2');
    expect(old.code === 0).toBe(minimumTls === '1.2');
    expect(await observe.openssl(host, home, 'tls1_3')).toMatchObject({ code: 0 });
    await run('unchanged', ...how);
  });

  test('all of them are undone at once', () => undone());

  test('names and clients as given; one of the clients on a machine of its own', async () => {
    await using other = await bootHost({ suite: 'trixie', variant: 'no-mosquitto', name: 'shed' });
    const [there, far] = [`radxa@${other.address}`, '/home/radxa/keys/far'];
    const file = await answers(
      [
        'names: [broker.example, 192.0.2.7]',
        'clients:',
        '  - name: client01',
        '  - name: pump 7',
        `  - { name: shed, host: ${there} }`,
        `  - { name: far, host: ${there}, folder: ${far} }`,
        '',
      ].join('\n'),
    );
    const known = [
      '--accept-host-key',
      `${other.address}=${other.ssh.fingerprints['ssh-ed25519']}`,
    ];
    const password = join(home.folder, 'password');
    await writeFile(password, `${other.ssh.password}\n`, { mode: 0o600 });
    const login = ['--password-file', `radxa@${other.address}=${password}`];
    await run('secured', ...file, ...known, ...login);

    for (const name of ['broker.example', '192.0.2.7'])
      expect(await observe.gnutls(host, home, name), name).toMatchObject({ code: 0 });
    expect((await observe.gnutls(host, home, 'rock-4se.lan')).code).not.toBe(0);
    // By the address it has here the broker's certificate does not know it: the name is not checked.
    const any = (name: string) => [...observe.mutual(host, home, name), '--insecure'];
    for (const name of ['client01', 'pump 7'])
      expect(await observe.roundTrip(any(name)), name).toBe(true);

    for (const [name, folder] of [
      ['shed', '/home/radxa/shed'],
      ['far', far],
    ] as const) {
      expect(await other.stat(folder)).toMatchObject({ mode: 0o700, owner: 'radxa' });
      const key = `${folder}/${name}.key`;
      expect(await other.stat(key)).toMatchObject({ mode: 0o600, owner: 'radxa' });
      expect(await observe.readers(other, key, ['radxa', 'nobody'])).toEqual(['radxa']);
      // The hosts do not reach each other: its files are tried from here.
      for (const file of [`${name}.key`, `${name}.crt`, 'root_ca.crt']) {
        const bytes = await other.read(`${folder}/${file}`);
        await mkdir(join(home.site, 'tried/clients', name), { recursive: true });
        await writeFile(join(home.site, 'tried/clients', name, file), bytes ?? '');
      }
      const copied = { ...home, site: join(home.site, 'tried') };
      const broker = [...observe.mutual(host, copied, name), '--insecure'];
      expect(await observe.roundTrip(broker), name).toBe(true);
    }
    const keys = (await observe.privateKeys(other)).filter((path) => path.startsWith('/home'));
    expect(keys).toEqual([`${far}/far.key`, '/home/radxa/shed/shed.key']);
    expect(observe.there(home, 'clients', 'shed')).toBe(false);
    await run('unchanged', ...known, ...login);
    await undone();
  });

  test('an authority in a folder of its own; the only client on a machine of its own', async () => {
    await using other = await bootHost({ suite: 'trixie', variant: 'no-mosquitto', name: 'shed' });
    await using fresh = await newHome();
    const file = join(fresh.folder, 'answers.yaml');
    const chosen = {
      authority: { folder: join(fresh.folder, 'my authority') },
      clients: [{ name: 'shed', host: `radxa@${other.address}` }],
    };
    await writeFile(file, JSON.stringify(chosen)); // which is YAML, too
    const login = join(fresh.folder, 'other password');
    await writeFile(login, `${other.ssh.password}\n`, { mode: 0o600 });
    const secured = await fresh.run(
      ...['run', ...(await reaching(host, fresh)), '--answers', file, '--json'],
      ...['--accept-host-key', `${other.address}=${other.ssh.fingerprints['ssh-ed25519']}`],
      ...['--password-file', `radxa@${other.address}=${login}`],
    );
    // It is tried here with what the authority keeps of it.
    expect(secured).toMatchObject({ code: 0, stderr: '' });
    expect(runEvents(secured.stdout).at(-1)).toMatchObject({ result: 'secured' });
    expect(observe.there(fresh, 'authority')).toBe(false);
    expect(await fresh.run('undo', ...(await reaching(host, fresh)))).toMatchObject({ code: 0 });
    expect(await observe.tree(host)).toBe(before);
  });

  test('the answers of a set-up repeat it from elsewhere', async () => {
    const choices = 'plainListener: remove\nnames: [broker.example]\nclients: [{ name: valve }]\n';
    await run('secured', ...(await answers(choices)));
    const first = String(await host.read('/etc/mosquitto/conf.d/access.conf'));
    const printed = await home.run('answers', ...how);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).not.toContain(host.ssh.password);
    await undone();

    await using elsewhere = await newHome();
    const file = join(elsewhere.folder, 'answers.yaml');
    await writeFile(file, printed.stdout);
    const secrets = (await reaching(host, elsewhere)).slice(4);
    const again = await elsewhere.run('run', '--answers', file, ...secrets, '--json');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(runEvents(again.stdout).at(-1)).toMatchObject({ result: 'secured' });
    expect(String(await host.read('/etc/mosquitto/conf.d/access.conf'))).toBe(first);
    const any = [...observe.mutual(host, elsewhere, 'valve'), '--insecure'];
    expect(await observe.roundTrip(any)).toBe(true);
    // Another authority made these: what the first home has opens nothing now.
    const old = [...observe.mutual(host, home, 'valve'), '--insecure'];
    expect((await observe.publish(old)).code).not.toBe(0);
  });
});
