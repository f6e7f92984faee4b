import type { SudoAsk } from '../../sudo/sudo.ts';

/** An unknown host's key, as it is shown to whoever must decide. */
export interface HostKeyInfo {
  /** As known_hosts would name it: `rock-4se` or `[10.0.0.2]:2222`. */
  name: string;
  /** Where the connection really goes. */
  address: string;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  type: string;
  /** `SHA256:...`, as `ssh-keygen -lf` prints it. */
  fingerprint: string;
  /** The command that prints the same fingerprint on the host itself. */
  compareWith: string;
  /** Where it will be remembered. */
  file: string;
}

export interface Prompt {
  /** The host's own words, cleaned; they may lie about who asks, and for what. */
  text: string;
  /** Whether what is typed may be shown. */
  echo: boolean;
}

/**
 * How a session puts questions to its user. What is missing cannot be asked (an unattended run), and
 * the error then names the option that answers it. A secret that comes back undefined gives up.
 * `attempt` counts from 1; a wrong answer is asked again twice, unless the same one is given again.
 */
export interface SshAsk extends SudoAsk {
  hostKey?(info: HostKeyInfo): Promise<'accept' | 'refuse'>;
  /** `end`: `who` is the login at the machine that was asked for, and not at one on the way there. */
  password?(who: string, attempt: number, end?: boolean): Promise<string | undefined>;
  passphrase?(file: string, attempt: number): Promise<string | undefined>;
  /** Whatever else a host asks at login, a one-time code for instance. `who` is the login there, and gets the answers. */
  keyboardInteractive?(
    who: string,
    prompts: readonly Prompt[],
  ): Promise<readonly string[] | undefined>;
}
