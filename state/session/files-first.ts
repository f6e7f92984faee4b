import type { Asks } from '../../src/steps/contract/setup.ts';

/**
 * Secrets out of files, for a session at the screen: each is asked there only when its file was not
 * given or does not open what it is for. A wrong one is not tried again, which would bring a lock-out
 * nearer.
 */
export function filesFirst(files: Asks, hasPassphrase: boolean, screen: Asks): Asks {
  const wrong = new Set<string>();
  const fits = (what: string, attempt: number): boolean => {
    if (attempt > 1) wrong.add(what);
    return !wrong.has(what);
  };
  return {
    ...screen,
    password: async (who, attempt, end) =>
      (fits(`login ${who}`, attempt) ? await files.password?.(who, attempt, end) : undefined) ??
      screen.password?.(who, attempt, end),
    sudoPassword: async (attempt, who, end) =>
      (fits(`sudo ${who}`, attempt) ? await files.sudoPassword?.(attempt, who, end) : undefined) ??
      screen.sudoPassword?.(attempt, who, end),
    passphrase: async (file, attempt) =>
      (fits(`key ${file}`, attempt) ? await files.passphrase?.(file, attempt) : undefined) ??
      screen.passphrase?.(file, attempt),
    authorityPassphrase: (purpose, attempt) =>
      (hasPassphrase && fits(purpose, attempt) ? files : screen).authorityPassphrase(
        purpose,
        attempt,
      ),
  };
}
