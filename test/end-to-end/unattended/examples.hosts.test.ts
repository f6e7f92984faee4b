import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents } from '../../support/program/contract.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

const folder = new URL('../../../examples/answers/', import.meta.url);

onHosts('the examples of answers files', limit, () => {
  test.each(readdirSync(folder))('%s secures a broker as it says', async (name) => {
    await using host = await bootHost({ suite: 'trixie' });
    await using home = await newHome();
    const there = `${host.ssh.user}@${host.address}`;
    const file = join(home.folder, name);
    // The names are those of nobody's machines: here, that of the broker stands for each.
    const text = readFileSync(new URL(name, folder), 'utf8')
      .replaceAll(/[a-z]+@[a-z.-]+\.(local|example\.com)/g, there)
      .replace('/home/pi', `/home/${host.ssh.user}`)
      .replace('names: [', `names: [${host.address}, `);
    writeFileSync(file, text);
    const passphrase = join(home.folder, 'passphrase');
    writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 });
    const how = await reaching(host, home);
    const locked = text.includes('passphrase: ask') ? ['--passphrase-file', passphrase] : [];
    const done = await home.run('run', ...how, '--answers', file, ...locked, '--json');
    expect(done.stderr).toBe('');
    expect(runEvents(done.stdout).at(-1)).toMatchObject({ result: 'secured' });
    const nobody = await observe.anonymous(host);
    if (text.includes('plainListener: open')) expect(nobody).toBe(0);
    else expect(nobody).not.toBe(0);
  });
});
