import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestHost } from '../../support/hosts/host.ts';
import { ended, until } from '../../support/hosts/program.ts';
import type { Home } from '../../support/program/lockstep.ts';

const watcher = fileURLToPath(
  new URL('../../support/hosts/weather/watch-service.ts', import.meta.url),
);

/** Somebody who depends on the broker, in a program of its own. */
export interface Watch {
  /** Ends it; the longest time between two messages that the broker took, in milliseconds. */
  end(): Promise<number>;
}

/**
 * Watches the service from the host's own network, so that a cut between here and there is not taken
 * for a gap in it. With the certificate of `client01` of this home, once there is one.
 */
export async function watch(host: TestHost, home: Home, expectIt = true): Promise<Watch> {
  const inside = ['nsenter', `--target=${host.leader()}`, '--net'];
  const files = join(home.site, 'clients/client01');
  // Debian's own broker serves its machine alone.
  const address = host.config === 'default' ? '127.0.0.1' : host.address;
  // Many watch at once: each message more often would be a fifth of all that the matrix works.
  const argv = [...inside, process.execPath, watcher, address, files, 'client01', '250'];
  const [file = '', ...rest] = argv;
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  if (expectIt) await until('the watcher of the service', 30, () => said.includes('watching'));
  return {
    async end() {
      child.kill('SIGTERM');
      await ended(child);
      await until('its last words', 5, () => /\{.*\}/.test(said));
      const { gap } = JSON.parse(/\{.*\}/.exec(said)?.[0] ?? '{}');
      return gap;
    },
  };
}
