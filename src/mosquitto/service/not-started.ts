import { Trouble } from '../../errors/trouble.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { lastWords } from './last-words.ts';
import { unitTyped, usualUnit } from './unit.ts';

/** Why the broker on the host `name`, the service `unit`, did not start; `said` is what `control` printed, as it came. */
export function notStarted(name: string, said: string, unit: string | null = null): Trouble {
  const lines = cleanLines(said, 400, 300);
  const cause = causes.find(({ text }) => lines.some((line) => text.test(line)));
  const what = wasNotTold(said) ? 'could not be restarted' : 'did not start';
  return new Trouble(`The broker on ${clean(name, 80)} ${what}.`, {
    likely: cause?.likely ?? 'Its own last words tell the cause.',
    next: cause?.next(unitTyped(unit), unit) ?? 'Put that right, and try again.',
    detail: lastWords(lines).join('\n'),
  });
}

/** Whether it is not known that the service was told anything: the command that tells it hung. */
export const wasNotTold = (said: string): boolean => hung.test(said);

const hung = /^(systemctl|service) did not end in time/m;

/** The broker's own words come first: what systemd says after them is what came of it. */
const causes = [
  {
    text: /Address already in use/,
    likely: 'Another program there uses the port that the broker was to listen on.',
    next: () =>
      '"sudo ss -ltnp" there shows which. Stop it, or choose another port; then try again.',
  },
  {
    text: /Permission denied/,
    likely: 'The broker runs as a user who may not read a file that its configuration names.',
    next: () =>
      'Look at the owner and mode of that file and of the folders above it, then try again.',
  },
  {
    text: /Cannot assign requested address/,
    likely: 'The address it is to listen on does not belong to that machine (any more).',
    next: () =>
      '"ip address" there shows those it has. Correct the "listener" line, then try again.',
  },
  {
    text: /\.service is masked/,
    likely: 'Its service is masked: somebody has told systemd not to start it.',
    next: (unit: string) =>
      `"sudo systemctl unmask ${unit}" there allows it again; then try again.`,
  },
  {
    text: /bad unit file setting/,
    likely:
      'The unit file of its service, or a file that changes it (in a folder ending in .service.d), has an error.',
    next: (_: string, unit: string | null) =>
      `"systemd-analyze verify ${unit ?? usualUnit}" there tells the line; correct it, then try again.`,
  },
  {
    text: /dependency job|Dependency failed/,
    likely: 'Something that its service needs did not start, so systemd did not start it either.',
    next: () => '"systemctl --failed" there shows what. Put that right, then try again.',
  },
  {
    text: /start(-pre)? operation timed out/,
    likely: 'It did not tell systemd in time that it is ready.',
    next: (unit: string) =>
      `"journalctl -u ${unit}" there shows how far it came. Put that right, then try again.`,
  },
  {
    text: hung,
    likely: 'The command that starts and stops services there did not end in time.',
    next: (unit: string) =>
      `"systemctl status ${unit}" there shows what the service does. Put right what holds that command up, then try again.`,
  },
  {
    text: /Control process exited/,
    likely: 'A command that its unit file runs before the broker (ExecStartPre) failed.',
    next: (unit: string) =>
      `"systemctl status ${unit}" there shows which. Put that right, then try again.`,
  },
];
