import { Terminal } from './terminal.ts';

/**
 * Somebody who types commands into an interactive bash, one after the other, and gives a password or a
 * passphrase when one is asked for.
 */
export class Typist {
  readonly #shell: Terminal;
  readonly #secrets: Readonly<Record<'password' | 'passphrase', string>>;
  #ended = 0;
  #answered = 0;

  /** `through` reaches another machine: the shell is one over there, and its first word this machine's `ssh`. */
  constructor(
    environment: Record<string, string>,
    secrets: Readonly<Record<'password' | 'passphrase', string>>,
    through: readonly string[] = [],
  ) {
    const prompt = `PS1='$ ' HISTFILE= PROMPT_COMMAND='echo "[ended $?]"'`;
    const bash = `exec env ${prompt} bash --norc --noprofile -i`;
    const [program = '', ...args] = [...(through.length > 0 ? through : ['sh', '-c']), bash];
    const how = { env: environment, columns: 200, rows: 60, limit: 120_000 };
    this.#shell = new Terminal(program, args, how);
    this.#secrets = secrets;
  }

  /** Types these commands at once, as pasted without brackets; gives each one's exit status and all that was shown. */
  async type(commands: readonly string[]): Promise<{ codes: number[]; shown: string }> {
    await this.#until(() => this.#ends().length > 0);
    this.#ended = this.#ends().length;
    const from = this.#shell.output().length;
    this.#shell.type(commands.map((command) => `${command.replaceAll('\n', '\r')}\r`).join(''));
    await this.#until(() => this.#ends().length >= this.#ended + commands.length);
    return {
      codes: this.#ends().slice(this.#ended),
      shown: this.#shell.output().slice(from),
    };
  }

  close(): Promise<void> {
    return this.#shell.close();
  }

  #until(wanted: () => boolean): Promise<string> {
    return this.#shell.until(() => {
      this.#answer();
      return wanted();
    }, 'the end of what was typed');
  }

  /** Each question once, in turn. */
  #answer(): void {
    const asked = [
      ...this.#shell
        .output()
        .matchAll(/(password for|Enter (PEM )?pass ?phrase|Verifying -)[^:\r\n]*:/g),
    ];
    for (const [question] of asked.slice(this.#answered)) {
      this.#answered++;
      this.#shell.type(
        `${this.#secrets[question.startsWith('password') ? 'password' : 'passphrase']}\r`,
      );
    }
  }

  #ends(): number[] {
    return [...this.#shell.output().matchAll(/\[ended (\d+)\]/g)].map(([, code]) => Number(code));
  }
}
