import { Trouble } from '../../src/errors/trouble.ts';
import type { Asks } from '../../src/steps/contract/setup.ts';
import type { Request } from '../machine/machine.ts';

// A machine on the way may ask for what belongs to another one, in words like ours.
const inTheirWords = (who: string, text: string): string =>
  `${who} asks at login, in its own words: "${text.trim().replaceAll('"', "'")}"`;
const onlyThere = (who: string): string =>
  `The words in quotation marks are that machine's, and what you type goes to it: to ${who}.`;

/** Puts every question of a set-up to the person at the screen. */
export function guidedAsks(ask: (request: Request) => Promise<string | null>): Asks {
  const secret = async (label: string, help: string, attempt: number) =>
    (await ask({ kind: 'secret', label, help, attempt, repeat: false })) ?? undefined;
  return {
    async hostKey(key) {
      const answer = await ask({
        kind: 'choice',
        label: `Is this the host key of ${key.name}?`,
        help: 'It is not known here yet. Compare it with what the machine itself prints.',
        lines: [`${key.type} ${key.fingerprint}`, `There: ${key.compareWith}`],
        choices: [
          { value: 'refuse', label: 'No, do not connect' },
          { value: 'accept', label: 'Yes, it is the same: remember it and go on' },
        ],
      });
      return answer === 'accept' ? 'accept' : 'refuse';
    },
    password: (who, attempt) => secret(`Password of ${who}`, 'For the SSH login.', attempt),
    passphrase: (file, attempt) =>
      secret(`Passphrase of ${file}`, 'Opens your SSH key; it stays in memory.', attempt),
    sudoPassword: (attempt, who) =>
      secret(
        `sudo password of ${who}`,
        "The broker's files belong to root. Kept in memory until you leave.",
        attempt,
      ),
    async keyboardInteractive(who, prompts) {
      const answers: string[] = [];
      for (const { text } of prompts) {
        const answer = await secret(inTheirWords(who, text), onlyThere(who), 1);
        if (answer === undefined) return undefined;
        answers.push(answer);
      }
      return answers;
    },
    async undoLater(lines) {
      const answer = await ask({
        kind: 'choice',
        label: 'Somebody has changed this since Lockstep wrote it. Undo it all the same?',
        help: 'The versions of now are kept beside, with their date; nothing is lost.',
        lines: [...lines],
        choices: [
          { value: 'stop', label: 'No, leave everything as it is' },
          { value: 'undo', label: 'Yes, put back what was there before the set-up' },
        ],
      });
      return answer === 'undo';
    },
    async authorityPassphrase(purpose, attempt) {
      const answer = await ask({
        kind: 'secret',
        label: "Passphrase of the authority's key",
        help:
          purpose === 'create'
            ? 'At least four characters; better, four words. Without one nothing is made.'
            : 'It signs now; the passphrase stays in memory only.',
        attempt,
        repeat: purpose === 'create',
        // As src/pki has it, which the first frame does not wait for.
        ...(purpose === 'create' ? { shortest: 4 } : {}),
      });
      // Neither is a way to say "no passphrase": nothing may be made then.
      if (answer === null || answer === '')
        throw new Trouble("The passphrase of the authority's key was not given.", {
          next: 'Try again when you have it; nothing was changed.',
        });
      return answer;
    },
  };
}
