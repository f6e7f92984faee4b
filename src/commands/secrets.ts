import { stat } from 'node:fs/promises';
import { Trouble } from '../errors/trouble.ts';
import type { Asks } from '../steps/contract/setup.ts';
import { clean } from '../text/clean.ts';
import { givenFor, readGiven } from '../this-machine/given-file.ts';
import { loginAndFile, type Options } from './options.ts';

/**
 * Secrets for an unattended run, each from its file. Whoever asks again is given the same again, and
 * takes that for the end: nothing is tried twice, which would bring a lock-out nearer.
 */
export async function secretsFromFiles(options: Options): Promise<Asks> {
  const [passwords, sudoPasswords, passphrase] = await Promise.all([
    byLogin(options.passwordFile),
    byLogin(options.sudoPasswordFile),
    secret(options.passphraseFile),
  ]);
  const of = (all: Map<string, string>, who: string, end = false) =>
    all.get(who) ?? (end ? all.get(theBroker) : undefined);
  return {
    ...(passwords && { password: async (who, _, end) => of(passwords, who, end) }),
    ...(sudoPasswords && { sudoPassword: async (_, who, end) => of(sudoPasswords, who, end) }),
    ...(passphrase === null ? {} : { passphrase: async () => passphrase }),
    async authorityPassphrase(purpose, attempt) {
      if (passphrase === null) throw notGiven(purpose);
      if (passphrase === '') throw emptyPassphrase(options.passphraseFile);
      if (attempt === 1) return passphrase;
      throw wrongPassphrase();
    },
  };
}

function notGiven(purpose: 'create' | 'open'): Trouble {
  const what =
    purpose === 'create'
      ? "A passphrase was asked for the authority's key, and none was given."
      : "The authority's key has a passphrase, and none was given.";
  return new Trouble(what, {
    likely: 'Nobody can be asked in an unattended run.',
    next: 'Write it into a file that only you can read, and give --passphrase-file FILE.',
  });
}

function emptyPassphrase(path = ''): Trouble {
  return new Trouble(`The first line of ${clean(path)} is empty: that is no passphrase.`, {
    likely: 'The file was not written yet, or begins with an empty line.',
    next:
      'Write the passphrase into its first line. For a key without one leave --passphrase-file out, ' +
      'and have "passphrase: none" in the answers.',
    exitCode: 2,
  });
}

function wrongPassphrase(): Trouble {
  return new Trouble("The passphrase given does not open the authority's key.", {
    likely: 'It is that of another key, or it was mistyped. Nobody can look it up.',
    next:
      'Try the right one. If it is forgotten, nothing can be signed with this authority any more: ' +
      'move its folder away, and the next run makes a new one and every certificate anew.',
  });
}

const theBroker = '';

/** Each secret with the login that it is for: `LOGIN=FILE`, or a file alone for the broker's. Null: none is named. */
async function byLogin(files: readonly string[] = []): Promise<Map<string, string> | null> {
  const read = files
    .map(loginAndFile)
    .map(async ([login, file]) => [login || theBroker, (await secret(file)) ?? ''] as const);
  return files.length === 0 ? null : new Map(await Promise.all(read));
}

/** The first line of a file, without its end; null when none is named. */
async function secret(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    const about = await stat(path);
    // As ssh has it for keys; what comes through a pipe has no readers but us.
    if (about.isFile() && (about.mode & 0o077) !== 0) throw tooOpen(path, about.mode);
    return (await readGiven(path, givenFor.secret)).toString().split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    if (cause instanceof Trouble) throw cause;
    throw new Trouble(`The file ${clean(path)} with a secret cannot be read.`, {
      likely: 'It is not there, or it belongs to somebody else.',
      next: 'Check its name and its owner.',
      exitCode: 2,
      cause,
    });
  }
}

function tooOpen(path: string, mode: number): Trouble {
  return new Trouble(`The file ${clean(path)} with a secret can be read or written by others.`, {
    likely: `Its mode is ${(mode & 0o777).toString(8)}. What others can read is no secret any more.`,
    next: `chmod 600 ${clean(path)} (and think about a new password, if others use this machine).`,
    exitCode: 2,
  });
}
