import { randomBytes } from 'node:crypto';
import { sudoFailure } from './sudo-failures.ts';
import type { Sudoer } from './sudo-start.ts';

/**
 * Milliseconds from the password to the Ctrl-C. A password that is right has mostly been taken by then; PAM waits two
 * seconds, give or take a half, when it is wrong (pam_fail_delay(3)).
 */
const beforeInterrupt = 700;

// script(1) gives sudo a terminal, as Ctrl-C needs one.
const inTerminal = `command -v script >/dev/null || exit 0
LC_ALL=C exec script -qec "sudo -k -p '[$1 %p]' true" /dev/null`;

/**
 * Shows sudo the password once, where PAM counts failures (pam_faillock(8)). After one that is wrong sudo asks again,
 * and its next question counts as a second failure when nobody answers: three lock the user out. Interrupted while it
 * waits, sudo does not ask (`user_interrupted` in its sudo_auth.c). Throws the HostError of a refusal; where it cannot
 * be told, nothing is said.
 */
export async function tryOnce(
  { start, password, where }: Sudoer,
  signal: AbortSignal,
): Promise<void> {
  const prompt = `lockstep ${randomBytes(12).toString('hex')}`;
  const sudo = await start(['sh', '-c', inTerminal, 'lockstep', prompt], signal);
  const prompted = new RegExp(`\\[${prompt} ([^\\]]*)\\]`);
  let [said, whose]: [string, string | null] = ['', null];
  let interrupt: NodeJS.Timeout | undefined;
  sudo.stdin.on('error', () => {});
  sudo.stderr.resume();
  sudo.stdout.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4096);
    if (whose !== null) return;
    whose = prompted.exec(said)?.[1] ?? null;
    if (whose === null) return;
    sudo.stdin.write(`${password}\n`);
    interrupt = setTimeout(() => sudo.stdin.end('\x03'), beforeInterrupt);
  });
  const { code } = await sudo.ended.finally(() => clearTimeout(interrupt));
  if (code !== 0 && /incorrect (password|authentication)|try again/i.test(said))
    throw sudoFailure(said.replace(prompted, '').replace('^C', ''), where, whose);
}
