import type { Clock } from './clock.ts';

/** Seconds of difference that are of no consequence: certificates begin five minutes early. */
const bearable = 60;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Whether it is off by more than a minute, however long the question took. */
export const isOff = ({ aheadSeconds, withinSeconds }: Clock): boolean =>
  Math.abs(aheadSeconds) - withinSeconds > bearable;

/** `1 day 2 hours behind`; `as here` where there is no difference that could be seen. */
export function offWords({ aheadSeconds, withinSeconds }: Clock): string {
  const off = Math.abs(aheadSeconds);
  if (off < Math.max(2, withinSeconds)) return 'as here';
  return `${spanText(off)} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`;
}

/** What is between two times, the largest two parts of it: `1 year 3 days`, `2 hours`, `40 s`. */
export function spanText(seconds: number): string {
  if (seconds < 2 * minute) return `${Math.round(seconds)} s`;
  let rest = Math.round(seconds / minute) * minute;
  const parts: string[] = [];
  for (const [size, name] of [
    [year, 'year'],
    [day, 'day'],
    [hour, 'hour'],
    [minute, 'minute'],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, 2).join(' ');
}

/** `2026-11-03 14:05 UTC` */
export const timeText = (at: Date): string =>
  `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What that clock shows when ours shows `now`. */
export const timeThere = ({ aheadSeconds }: Clock, now: Date): Date =>
  new Date(now.getTime() + aheadSeconds * 1000);

/** Why it is off, as far as that can be told, in one sentence. */
export function whyOff(clock: Clock, now: Date): string {
  const { aheadSeconds, keeper, synchronised, machine } = clock;
  if (synchronised) return `${keptBy(keeper)}: it is this machine's clock that is wrong.`;
  if (timeThere(clock, now).getUTCFullYear() < 2015)
    return 'It starts in the past when it is switched on, and has not reached network time since.';
  if (machine === 'container')
    return 'It is a container: its clock is that of the machine it runs on.';
  if (isWholeHours(Math.abs(aheadSeconds)))
    return 'It is off by whole hours: probably it was set by hand in another time zone.';
  if (keeper) return `${keeper} is there to keep it, but reaches no time server.`;
  return 'Nothing there keeps it right.';
}

/** As far as two time zones can be apart. */
function isWholeHours(seconds: number): boolean {
  const hours = Math.round(seconds / hour);
  return hours >= 1 && hours <= 14 && Math.abs(seconds - hours * hour) < 2 * minute;
}

/** What to do about it, with the commands as one would type them. */
export function howToSet(clock: Clock, now: Date): string {
  const { keeper, synchronised, canKeep, machine } = clock;
  const time = now.toISOString().slice(0, 19).replace('T', ' ');
  if (synchronised) return "Set this machine's clock right.";
  if (machine === 'container') return 'Set the clock of the machine that it runs on right.';
  const byHand = `by hand, "sudo date -u -s '${time}'" (the time here)`;
  if (keeper) return `Let it reach a time server (UDP port 123), or set it ${byHand}.`;
  return `Let it be kept: "${keepCommand(canKeep)}"; or set it ${byHand}.`;
}

/** Switches on what keeps a clock right, or installs it. */
export const keepCommand = (canKeep: boolean): string =>
  canKeep ? 'sudo timedatectl set-ntp true' : 'sudo apt install chrony';

const keptBy = (keeper: string | null): string =>
  keeper ? `${keeper} there keeps it right` : 'It is kept right there';
