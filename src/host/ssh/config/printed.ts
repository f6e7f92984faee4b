import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostError } from '../../../errors/host-error.ts';
import type { TroubleDetails } from '../../../errors/trouble.ts';
import { clean } from '../../../text/clean.ts';
import { localHost } from '../../local/local.ts';
import type { ConfigPlaces } from './settings.ts';

/** The lines that `ssh -G` prints for a host, or null where there is no ssh. `argv` names the host. */
export const askSsh = (
  argv: readonly string[],
  alias: string,
  places: ConfigPlaces,
): Promise<string | null> =>
  withFiles(places.configFiles, (files) => ask([...files, ...argv], alias, places));

/** What tells ssh to read these files. It takes one, which then includes them; one that is not there does no harm in it. */
async function withFiles<T>(
  files: readonly string[] | undefined,
  use: (argv: string[]) => Promise<T>,
): Promise<T> {
  const [file, ...more] = files ?? [];
  if (file === undefined) return use([]);
  if (more.length === 0) return use(['-F', file]);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-ssh-'));
  try {
    const both = join(folder, 'config');
    // Its names are patterns (glob(3)), in quotes.
    const name = (path: string) => path.replace(/[\\*?[\]]/g, '\\$&').replace(/["\\]/g, '\\$&');
    await writeFile(both, [file, ...more].map((one) => `Include "${name(one)}"\n`).join(''));
    return await use(['-F', both]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** It only reads files; a `Match exec` may look at the network. */
const seconds = 10;

/** The lines `ssh -G` prints, or null where there is no ssh. What hangs is ended with all that it has started. */
async function ask(
  argv: readonly string[],
  alias: string,
  { environment, program = 'ssh' }: ConfigPlaces,
): Promise<string | null> {
  const here = localHost({ name: 'local', kind: 'local', environment });
  const [code, stdout, stderr] = await here
    .run([program, '-G', ...argv], { timeoutSeconds: seconds })
    .then((result) => [result.code, result.stdout, result.stderr] as const)
    .catch((error) => {
      if (error instanceof HostError && error.kind === 'timeout')
        throw unreadable(alias, noAnswerOfSsh(clean(alias)));
      throw error;
    });
  if (code === 0) return stdout;
  // As from a shell: there is no such program.
  if (code === 127) return null;
  throw unreadable(alias, {
    ...(/^No user exists/m.test(stderr) ? noAccount : faultIn(clean(alias))),
    detail: clean(stderr),
  });
}

export const unreadable = (alias: string, why: TroubleDetails) =>
  new HostError('failed', `The SSH configuration for ${clean(alias)} cannot be read.`, why);

const noAnswerOfSsh = (alias: string) => ({
  likely: `ssh did not answer within ${seconds} seconds: a file is a pipe, or a command of a Match line hangs.`,
  next: `Run \`ssh -G ${alias}\` and correct what it waits for.`,
});

const faultIn = (alias: string) => ({
  likely: 'There is a mistake in ~/.ssh/config or in a file it includes.',
  next: `Run \`ssh -G ${alias}\` and correct the line it names.`,
});

const noAccount = {
  likely: 'The user who runs Lockstep has no account on this machine; ssh works for none without.',
  next: 'Run it as a user who has one (in a container: give this number a line in /etc/passwd).',
};
