import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';

// As root: somebody else makes the namespace, so that root is not known in it.
const isRoot = process.getuid?.() === 0;
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
const inside = [...(isRoot ? nobody : []), 'unshare', '-r'];
const [file = '', ...rest] = [...inside, process.execPath, '--check', launcher];
const possible = spawnSync(file, rest).status === 0;

const hidden = {
  code: 4,
  likely: 'It was looked at from within a user namespace (a rootless container, toolbox)',
  next: 'Work outside of it',
};

/** Runs it in a namespace in which root's folders look like nobody's. */
async function run(home: Home, site: string, ...words: string[]) {
  const own = join(home.folder, 'own');
  mkdirSync(own);
  if (isRoot) {
    chmodSync(home.folder, 0o755);
    await program(['chown', '65534:65534', own]);
  }
  const env = { ...home.environment, HOME: own, LOCKSTEP_HOME: join(home.folder, site) };
  return program([...inside, process.execPath, launcher, ...words], { env });
}

test.skipIf(!possible)(
  'a folder of root is not called another user’s where root is not known',
  async () => {
    await using home = await newHome();
    const told = await run(home, 'own/site', 'run', '--broker', 'practice');
    expectTold(told, { ...hidden, what: /^\/\S* has an owner who cannot be told from here\.$/ });
    expect(told.stderr).not.toMatch(/another user|somebody else/);
  },
);

test.skipIf(!possible || !isRoot)('nor is one that what is remembered would be in', async () => {
  await using home = await newHome();
  const site = join(home.folder, 'shared');
  mkdirSync(site);
  chmodSync(site, 0o1777);
  const told = await run(home, 'shared', 'status', '--broker', 'practice');
  expectTold(told, { ...hidden, what: `${site} has an owner who cannot be told from here.` });
});
