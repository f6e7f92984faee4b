import type { Clock } from '../../host/clock/clock.ts';
import {
  howToSet,
  isOff,
  keepCommand,
  offWords,
  timeText,
  timeThere,
  whyOff,
} from '../../host/clock/clock-words.ts';
import type { Severity } from './advice/finding.ts';

/** Something about a machine's clock that its owner should know. */
export interface ClockRemark {
  id: 'clock-off' | 'clock-not-kept' | 'clock-not-synchronised' | 'clock-starts-in-the-past';
  severity: Severity;
  /** What is so, and what follows from it. */
  message: string;
  /** What exactly to do. */
  fix: string;
}

/** What is to be said of a clock; nothing of one that is right, is kept, and runs on without power. */
export function clockRemarks(clock: Clock, now: Date): ClockRemark[] {
  const off = isOff(clock) ? [offRemark(clock, now)] : [];
  // What keeps a container's clock is outside it, and cannot be seen from inside.
  if (clock.machine === 'container') return off;
  return [...off, ...keeping(clock), ...starting(clock)];
}

function offRemark(clock: Clock, now: Date): ClockRemark {
  return {
    id: 'clock-off',
    severity: 'warning',
    message: `Its clock is ${offWords(clock)}: there it is ${timeText(timeThere(clock, now))}, here ${timeText(now)}. Certificates begin and end by the clock of whoever looks at them. ${whyOff(clock, now)}`,
    fix: howToSet(clock, now),
  };
}

function keeping({ keeper, synchronised, canKeep }: Clock): ClockRemark[] {
  if (synchronised) return [];
  if (keeper === null)
    return [
      {
        id: 'clock-not-kept',
        severity: 'warning',
        message:
          'Nothing keeps its clock right: it drifts, until certificates look expired or not yet valid.',
        fix: keepCommand(canKeep),
      },
    ];
  if (synchronised === null) return [];
  return [
    {
      id: 'clock-not-synchronised',
      severity: 'warning',
      message: `${keeper} is there to keep its clock, but has not reached a time server.`,
      fix: 'Let UDP port 123 out, or name a time server of your network in its configuration.',
    },
  ];
}

/** A board without a battery; a virtual machine gets the time from the one it runs on. */
function starting({ hardware, remembers, machine }: Clock): ClockRemark[] {
  if (machine !== 'own' || hardware === null || hardware === 'right') return [];
  const what =
    hardware === 'none'
      ? 'It has no clock that runs on without power'
      : 'Its hardware clock has not got the time';
  return [
    {
      id: 'clock-starts-in-the-past',
      severity: remembers ? 'note' : 'warning',
      message: remembers
        ? `${what}: after a power cut it goes on from the time it last noted. Until network time comes, it refuses certificates that are newer than that.`
        : `${what}: after a power cut it starts in the past. Until network time comes, it refuses every certificate.`,
      fix:
        hardware === 'none'
          ? 'Put in a clock with a battery (a DS3231, for example), or a time server that it always reaches.'
          : 'sudo hwclock --systohc; if it is wrong again after a power cut, its battery is empty.',
    },
  ];
}
