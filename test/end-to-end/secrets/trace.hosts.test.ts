import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Traced } from '../../../src/host/api/trace.ts';
import { bootHost } from '../../support/hosts/host.ts';
import { newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

onHosts('LOCKSTEP_TRACE', () => {
  test(
    'names every action, for the owner of the file alone, without what it carried',
    limit,
    async () => {
      await using host = await bootHost({ suite: 'bookworm' });
      await using home = await newHome();
      const file = join(home.folder, 'trace');
      home.environment.LOCKSTEP_TRACE = file;
      const options = await reaching(host, home);
      expect(await home.run('run', '--through', 'distribute', ...options)).toMatchObject({
        code: 0,
      });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const text = await readFile(file, 'utf8');
      const actions = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Traced);
      const there = actions.filter((action) => action.host.endsWith(host.address));
      expect(there[0]).toMatchObject({ what: 'Logging in', root: false, outcome: 0 });
      expect(there).toContainEqual(expect.objectContaining({ what: 'Bringing files', root: true }));
      for (const { what, milliseconds } of there) {
        expect(what).not.toMatch(/^sh$|\n/);
        expect(milliseconds).toBeGreaterThanOrEqual(0);
      }
      expect(text).not.toContain(host.ssh.password);
      expect(text).not.toContain('BEGIN');
    },
  );
});
