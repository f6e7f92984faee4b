import type { AnyAuthMethod } from 'ssh2';
import { HostError } from '../../../errors/host-error.ts';
import { clean } from '../../../text/clean.ts';
import type { Prompt } from './ask.ts';
import { expired, type LoginRecord, notAccepted, refusedLogin } from './failure.ts';
import type { Offers } from './offers.ts';
import { type Secrets, secretAttempts } from './secrets.ts';

/** PAM asks so once the login is right and the password too old (pam_unix): what is given then becomes the new one. */
const forChange = /\b(current|new|old|retype|re-enter|unix)\b.*passw|passw.*\b(again|expired)\b/i;

/** No real login asks for more at once; a hostile one could fill the screen. */
const mostPrompts = 10;

/**
 * One login at one host, over as many connections as it takes: a host disconnects after a few
 * refused keys, or when a person takes long to type. It decides what is tried next, and afterwards
 * can say what was.
 */
export class Login {
  readonly #who: string;
  readonly #user: string;
  readonly #secrets: Secrets;
  readonly #offers: Offers;
  readonly #record: LoginRecord;
  readonly #attempts: AsyncGenerator<AnyAuthMethod, void>;
  /** What the host said it goes on with; not renewed after an agent key (ssh2 does not tell). */
  #methods: readonly string[] = [];
  #partial = false;
  /** What is tried, or will be when the user has answered. */
  #coming: Promise<IteratorResult<AnyAuthMethod, void>> | undefined;
  #again: AnyAuthMethod | undefined;
  #asking: Promise<unknown> | undefined;

  constructor(who: string, user: string, offers: Offers, secrets: Secrets) {
    this.#who = who;
    this.#user = user;
    this.#secrets = secrets;
    this.#offers = offers;
    this.#record = { who, tried: [], agentKeys: 0, problems: [...offers.problems], methods: [] };
    this.#attempts = this.#all();
  }

  /** A question that is before the user. */
  get asking(): Promise<unknown> | undefined {
    return this.#asking;
  }

  /** Whether it ended on this side: a question was not answered. */
  get brokenOff(): boolean {
    return this.#record.failure !== undefined;
  }

  /** Whether nothing is left to try. */
  done = false;

  /**
   * What to try next; false when nothing is left. `methods` are the ones the host goes on with:
   * null before its first answer on a connection.
   */
  async next(methods: readonly string[] | null, partial = false): Promise<AnyAuthMethod | false> {
    if (methods === null) return { type: 'none', username: this.#user };
    this.#methods = methods;
    this.#partial = partial;
    this.#record.methods = methods;
    const again = this.#again;
    this.#again = undefined;
    try {
      if (again) return again;
      this.#coming = this.#attempts.next();
      const { value } = await this.#coming;
      if (value) return value;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#record.failure = error;
    }
    this.done = true;
    return false;
  }

  /** The connection broke while the user was asked: the answer is for the next one. */
  async answeredTooLate(): Promise<void> {
    await this.#asking?.catch(() => {});
    this.#again = (await this.#coming?.catch(() => {}))?.value ?? undefined;
  }

  /** Why nobody was let in. */
  explain(cause: unknown): HostError {
    return refusedLogin(this.#record, cause);
  }

  async *#all(): AsyncGenerator<AnyAuthMethod, void> {
    for (const offer of this.#offers.offers) {
      if (!this.#methods.includes('publickey')) break;
      try {
        const method = await this.#wait(offer.method(this.#user));
        if (!method) continue;
        this.#record.tried.push(offer.label);
        if (offer.fromAgent) this.#record.agentKeys += 1;
        yield method;
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        this.#record.problems.push(error);
      }
    }
    if (this.#record.agentKeys > 0 && !this.#takesPassword())
      yield { type: 'none', username: this.#user }; // Asks what the host goes on with.
    yield* this.#passwords();
  }

  /**
   * A password, three times at most; then what else it asks for. The same answer is not given in two ways: each is a
   * failure to the host, which may lock the account after three (faillock).
   */
  async *#passwords(): AsyncGenerator<AnyAuthMethod, void> {
    for (let attempt = 1; attempt <= secretAttempts && this.#takesPassword(); attempt += 1) {
      const direct = this.#methods.includes('password');
      if (direct) {
        const password = await this.#password(attempt);
        if (password === undefined) return;
        yield { type: 'password', username: this.#user, password };
      }
      const keyboard = this.#methods.includes('keyboard-interactive');
      if (keyboard && (this.#partial || !direct)) yield this.#keyboard(attempt);
      if (this.#record.failure) return;
      if (!this.#partial) this.#secrets.refused(this.#who);
    }
  }

  #takesPassword(): boolean {
    return this.#methods.some((way) => way === 'password' || way === 'keyboard-interactive');
  }

  async #password(attempt: number): Promise<string | undefined> {
    const password = await this.#wait(this.#secrets.password(this.#who, attempt));
    if (password !== undefined) this.#record.tried.push('password');
    return password;
  }

  #keyboard(attempt: number): AnyAuthMethod {
    return {
      type: 'keyboard-interactive',
      username: this.#user,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        const asked = prompts.slice(0, mostPrompts).map(({ prompt, echo }) => ({
          text: clean(prompt, 200),
          echo: echo === true,
        }));
        this.#answer(asked, attempt).then(finish, (error) => {
          this.#record.failure = error;
          finish([]);
        });
      },
    };
  }

  async #answer(prompts: readonly Prompt[], attempt: number): Promise<string[]> {
    const [only] = prompts;
    if (prompts.some(({ text }) => forChange.test(text))) throw expired(this.#who);
    if (prompts.length === 1 && only && !only.echo && /passw/i.test(only.text)) {
      const password = await this.#password(attempt);
      // The one that was refused is not given again, and nothing else in its place: that would count, too.
      if (password === undefined) throw notAccepted(this.#who);
      return [password];
    }
    const { ask } = this.#secrets;
    if (!ask.keyboardInteractive)
      throw new HostError('authentication', `${this.#who} asks for more than a password.`, {
        likely: 'It wants a one-time code or the like, and nobody can be asked in this run.',
        next: 'Start the guided session with `lockstep`, or let a key alone be enough for this user.',
        detail: only?.text ?? '',
      });
    return [...((await this.#wait(ask.keyboardInteractive(this.#who, prompts))) ?? [])];
  }

  async #wait<T>(answer: Promise<T>): Promise<T> {
    this.#asking = answer;
    try {
      return await answer;
    } finally {
      this.#asking = undefined;
    }
  }
}
