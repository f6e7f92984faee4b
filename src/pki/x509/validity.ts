import { Trouble } from '../../errors/trouble.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Certificates begin this long before they are made, for clocks that lag: a device a little behind
 * would call a fresh certificate "not yet valid". More would only blur when it was made; a clock
 * that is wrong by more is a fault to be told, not hidden.
 */
export const backdatedMinutes = 5;

/** Ten years: when the root ends, everything it signed ends with it. */
export const authorityDays = 3650;

/** The most that Apple's systems accept of a server, authority of one's own included (HT210176). */
export const holderDays = 825;

/** Below this many days a certificate is renewed (a third of its life, if that is less). */
export const renewBelowDays = 30;

const mostDays = 36_500;

export interface Validity {
  notBefore: Date;
  /** The last second of validity (inclusive, RFC 5280, 4.1.2.5). */
  notAfter: Date;
  /** Ends with the authority, before the time asked for. */
  cutToAuthority: boolean;
}

/** Why a number of days cannot be a validity, or null when it can. */
export function daysProblem(days: number): string | null {
  return Number.isInteger(days) && days >= 1 && days <= mostDays
    ? null
    : `A validity is a whole number of days from 1 to ${mostDays}.`;
}

/**
 * The dates of a new certificate: whole seconds, `days` long from a backdated start, and within
 * those of the authority that signs it. Throws a Trouble when the authority is not valid at `now`.
 */
export function validity(
  now: Date,
  days: number,
  authority?: { notBefore: Date; notAfter: Date },
): Validity {
  const problem = daysProblem(days);
  if (problem) throw new Trouble('The validity cannot be used.', { likely: problem });
  const start = Math.floor((now.getTime() - backdatedMinutes * minute) / 1000) * 1000;
  const end = start + days * day - 1000;
  if (!authority)
    return { notBefore: new Date(start), notAfter: new Date(end), cutToAuthority: false };
  if (now > authority.notAfter) {
    throw new Trouble(
      `The authority ended on ${dateText(authority.notAfter)}; it cannot sign any more.`,
      {
        next: 'Make a new authority, or set the clock right if it is wrong.',
      },
    );
  }
  if (now < authority.notBefore) {
    throw new Trouble(`The authority begins only on ${dateText(authority.notBefore)}.`, {
      likely: 'The clock of this machine is behind.',
      next: 'Set the clock right, then try again.',
    });
  }
  const cut = end > authority.notAfter.getTime();
  return {
    notBefore: new Date(Math.max(start, authority.notBefore.getTime())),
    notAfter: cut ? authority.notAfter : new Date(end),
    cutToAuthority: cut,
  };
}

/** Days left at `now`, rounded down; negative when it is over. */
export const daysLeft = (notAfter: Date, now: Date): number =>
  Math.floor((notAfter.getTime() + 1000 - now.getTime()) / day);

/** Whether it is time to renew: fewer than 30 days left, or than a third of its life. */
export function renewalDue(
  { notBefore, notAfter }: { notBefore: Date; notAfter: Date },
  now: Date,
): boolean {
  const third = (notAfter.getTime() - notBefore.getTime()) / 3;
  return notAfter.getTime() - now.getTime() < Math.min(renewBelowDays * day, third);
}

/** A day in words that sort: `2028-03-01`. */
export const dateText = (date: Date): string => date.toISOString().slice(0, 10);
