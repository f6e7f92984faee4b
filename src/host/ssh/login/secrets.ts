import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ParsedKey } from 'ssh2';
import { HostError } from '../../../errors/host-error.ts';
import type { SshAsk } from './ask.ts';
import { WrongPassphrase } from './key-file.ts';

/** How often a person is asked for the same secret. */
export const secretAttempts = 3;

/**
 * What was typed at login, for the life of a session: passwords by login, keys once unlocked. Kept
 * in private fields only, so that nothing that is logged or stored can hold them.
 */
export class Secrets {
  readonly ask: SshAsk;
  readonly #end: string;
  readonly #passwords = new Map<string, string>();
  readonly #refused = new Map<string, string>();
  readonly #keys = new Map<string, ParsedKey>();

  /** `end` is the login at the machine that was asked for; others are on the way there. */
  constructor(ask: SshAsk, end: string) {
    this.ask = ask;
    this.#end = end;
  }

  /** The password of `user@host`; undefined when a refused one is given again. */
  async password(who: string, attempt: number): Promise<string | undefined> {
    const kept = this.#passwords.get(who);
    if (kept !== undefined) return kept;
    if (!this.ask.password)
      throw new HostError('authentication', `${who} asks for a password.`, {
        likely: 'No key was accepted, and nobody can be asked in this run.',
        next: `Put the password into a file that only you can read and give --password-file ${who}=FILE.`,
      });
    const answer = await this.ask.password(who, attempt, who === this.#end);
    if (answer === undefined)
      throw new HostError('cancelled', `The password of ${who} was not given.`, {
        likely: 'It was not typed; or nobody can be asked, and no file was given for this login.',
        next: `To give it without typing: --password-file ${who}=FILE, a file that only you can read.`,
      });
    if (answer === this.#refused.get(who)) return undefined;
    this.#passwords.set(who, answer);
    return answer;
  }

  /** The host did not take the password: it is asked for anew. */
  refused(who: string): void {
    this.#refused.set(who, this.#passwords.get(who) ?? '');
    this.#passwords.delete(who);
  }

  /** Opens an encrypted key; undefined when the user gives up. */
  async unlock(
    path: string,
    open: (passphrase: string) => ParsedKey,
  ): Promise<ParsedKey | undefined> {
    const kept = this.#keys.get(path);
    if (kept) return kept;
    if (!this.ask.passphrase)
      throw new HostError('key-unreadable', `The key ${path} is encrypted.`, {
        likely: 'Nobody can be asked for its passphrase in this run.',
        next:
          'Give --passphrase-file FILE with the passphrase in it, ' +
          `or add the key to the agent first: \`ssh-add '${path}'\`.`,
      });
    let before: string | undefined;
    for (let attempt = 1; attempt <= secretAttempts; attempt += 1) {
      const passphrase = await this.ask.passphrase(path, attempt);
      if (passphrase === undefined) return undefined;
      if (passphrase === before) break;
      before = passphrase;
      await nextTurn(); // Unlocking holds everything up for a moment; let the screen draw first.
      try {
        const key = open(passphrase);
        this.#keys.set(path, key);
        return key;
      } catch (error) {
        if (!(error instanceof WrongPassphrase)) throw error;
      }
    }
    throw new HostError('key-unreadable', `That is not the passphrase of ${path}.`, {
      next: `\`ssh-keygen -y -f '${path}'\` shows whether a passphrase is right.`,
    });
  }
}
