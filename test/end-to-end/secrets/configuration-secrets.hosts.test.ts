import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// The secrets that stand in a broker's configuration: a bridge's, and one that is taken out. What is changed stands
// right beside them.

const secrets = ['Zq9remote', 'Zq9identity', '0123456789abcdef77', 'Zq9old', 'Zq9another'];
const [remote = '', identity = '', key = '', old = '', another = ''] = secrets;
const path = '/etc/mosquitto/conf.d/site.conf';
const text = `connection away
address 10.77.254.254:1883
topic # out 0
remote_username me
remote_password ${remote}
connection keyed
address 10.77.254.254:8883
topic # out 0
bridge_identity ${identity}
bridge_psk ${key}
#remote_password ${old}
listener 1883
allow_anonymous true
`;

onHosts('the secrets of a configuration', limit, () => {
  test('are in nothing that is shown or kept, of a whole run and its undo', async () => {
    await using host = await bootHost({ suite: 'trixie', config: { [path]: text } });
    await using home = await newHome();
    const how = await reaching(host, home);
    home.environment.LOCKSTEP_TRACE = join(home.folder, 'trace');
    const said: string[] = [];
    const run = async (...words: string[]) => {
      const { code, stdout, stderr } = await home.run(...words, ...how);
      said.push(stdout, stderr);
      return { code, told: stdout + stderr };
    };
    for (const words of [
      ['audit'],
      ['audit', '--json'],
      ['run', '--dry-run'],
      ['run', '--dry-run', '--json'],
    ])
      expect((await run(...words)).code).toBe(0);
    expect((await run('run', '--json')).code).toBe(0);
    expect((await run('status', '--json')).code).toBe(0);
    // Only the secret is another one: it is seen that it is, and not what it is.
    const there = String(await host.read(path));
    await host.writeFile(path, there.replace(remote, another));
    const asked = await run('undo');
    expect(asked.code).not.toBe(0);
    expect(asked.told).toContain('-remote_password (hidden)');
    expect(asked.told).toContain('+remote_password (hidden)');
    expect((await run('undo', '--yes')).code).toBe(0);
    expect(String(await host.read(path))).toBe(text);
    expect(await observe.anonymous(host)).toBe(0);
    // A value that is taken for a part of its name is quoted in the complaint about it.
    await host.writeFile(path, text.replace('remote_password ', 'remote_password='));
    for (const words of [['audit'], ['audit', '--json'], ['run'], ['status', '--json']])
      expect((await run(...words)).code).not.toBe(-1);
    expect(said.join('\n')).toContain('remote_password=(hidden)');

    const files = await readdir(home.folder, { recursive: true, withFileTypes: true });
    const kept = files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    expect(kept.map((one) => one.slice(home.folder.length))).toContain('/trace');
    const all = [...said, ...(await Promise.all(kept.map((one) => readFile(one, 'latin1'))))];
    for (const secret of secrets) expect(all.filter((one) => one.includes(secret))).toEqual([]);
  });
});
