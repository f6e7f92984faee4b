import { randomBytes } from 'node:crypto';
import { sudoFailure } from './failures.ts';
import type { Sudoer } from './start.ts';

/**
 * sudo in a terminal, as Ctrl-C needs one: script(1) gives it. sudo ends the line when it has read the password, and asks
 * again as soon as PAM has answered, which may be sooner (`nodelay`) than a Ctrl-C from here is there. So it is typed
 * there: again and again from the end of that line on, until sudo has ended. sudo gives way to whoever types (nice(1)),
 * so that a busy machine seldom lets it ask first. What sudo says comes on standard error, at once.
 */
export const inTerminalScript = `command -v script >/dev/null || exit 0
command -v mkfifo >/dev/null || exit 0
folder=$(mktemp -d) || exit 0
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
mkfifo "$folder/keys" || exit 0
exec 3<&0
cat <&3 >"$folder/keys" &
# shellcheck disable=SC2094 # A pipe is no file.
LC_ALL=C script -qec "nice -n 19 sudo -k -p '[$1 %p]' true" /dev/null <"$folder/keys" | tee /dev/stderr | {
  exec 4>"$folder/keys"
  while IFS= read -r line; do
    case $line in
      *"[$1 "*) while printf '\\003' >&4; do sleep 0.01; done ;;
      *) ;;
    esac
  done
}`;

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
  const sudo = await start(['sh', '-c', inTerminalScript, 'lockstep', prompt], signal);
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
