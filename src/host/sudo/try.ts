import { randomBytes } from 'node:crypto';
import { scriptCommand } from '../../host-scripts/script.ts';
import { sudoFailure } from './failures.ts';
import type { Sudoer } from './start.ts';

/**
 * Shows sudo the password once, where PAM counts failures (pam_faillock(8)). After one that is wrong sudo asks again,
 * and its next question counts as a second failure when nobody answers: three lock the user out. Interrupted while PAM
 * looks at the password, sudo does not ask (`user_interrupted` in its sudo_auth.c). Throws the HostError of a refusal;
 * where it cannot be told, nothing is said.
 */
export async function tryOnce(
  { start, password, ...asking }: Sudoer,
  signal: AbortSignal,
): Promise<void> {
  const prompt = `lockstep ${randomBytes(12).toString('hex')}`;
  const sudo = await start(scriptCommand('host/sudo-in-terminal', prompt), signal);
  const prompted = new RegExp(`\\[${prompt} ([^\\]]*)\\]`);
  let [said, whose]: [string, string | null] = ['', null];
  sudo.stdin.on('error', () => {});
  sudo.stdout.resume();
  sudo.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4096);
    if (whose !== null) return;
    whose = prompted.exec(said)?.[1] ?? null;
    if (whose !== null) sudo.stdin.end(`${password}\n`);
  });
  await sudo.ended;
  if (/incorrect (password|authentication)|try again/i.test(said))
    throw sudoFailure(said.replace(prompted, '').replaceAll('^C', ''), asking, whose);
}
