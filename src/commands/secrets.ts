import { readFile } from 'node:fs/promises';
import { clean } from '../clean.ts';
import type { Asks } from '../steps/setup.ts';
import { Trouble } from '../trouble.ts';
import type { Options } from './options.ts';

/**
 * Secrets for an unattended run, each from its file. Only the first attempt is answered: the same
 * wrong secret a second time would only bring a lock-out nearer.
 */
export async function secretsFromFiles(options: Options): Promise<Asks> {
  const [password, sudoPassword, passphrase] = await Promise.all([
    secret(options.passwordFile),
    secret(options.sudoPasswordFile),
    secret(options.passphraseFile),
  ]);
  const once = (value: string | null) => async (_: unknown, attempt: number) =>
    attempt === 1 ? (value ?? undefined) : undefined;
  return {
    ...(password === null ? {} : { password: once(password) }),
    ...(sudoPassword === null
      ? {}
      : { sudoPassword: async (attempt: number) => (attempt === 1 ? sudoPassword : undefined) }),
    ...(passphrase === null ? {} : { passphrase: once(passphrase) }),
    async authorityPassphrase(_, attempt) {
      if (passphrase !== null && attempt === 1) return passphrase;
      throw new Trouble(
        passphrase === null
          ? "The authority's key has a passphrase, and none was given."
          : "The passphrase does not open the authority's key.",
        {
          likely: 'Nobody can be asked in an unattended run.',
          next: 'Write it into a file only you can read, and give that with --passphrase-file.',
        },
      );
    },
  };
}

/** The first line of a file, without its end; null when none is named. */
async function secret(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new Trouble(`The file ${clean(path)} with a secret cannot be read.`, {
      likely: 'It is not there, or it belongs to somebody else.',
      next: 'Check its name and its owner.',
      exitCode: 2,
      cause,
    });
  }
}
