import { Trouble } from '../../errors/trouble.ts';
import { stillOpenMark } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import { shownWidth } from '../../mosquitto/clients/connection-log.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { clean } from '../../text/clean.ts';
import type { Answers } from '../answers/answers.ts';
import type { PlainClient, PlainUse } from '../contract/plain-clients.ts';
import type { Setup } from '../contract/setup.ts';
import { plainPort } from './find.ts';
import { clientLine, names, sinceWords, untoldWords } from './words.ts';

const dayMilliseconds = 86_400_000;

/** Whether a port that an earlier Harden left open while devices move is to be closed now. */
export function isClosing(setup: Setup, candidate: Candidate, now: Listener[]): boolean {
  const { answers, broker } = setup;
  const before = candidate.files.find(({ path }) => path === broker.layout.access)?.before;
  const plain = plainPort(setup);
  const open = now.some((one) => one.port === plain && !one.tls && one.anonymous === 'accepted');
  return answers.plainListener !== 'open' && open && (before?.includes(stillOpenMark) ?? false);
}

/**
 * Who keeps the port from being closed: seen within the days that must be quiet, and not
 * acknowledged. A client without an id of its own is acknowledged by its address, and so is everybody
 * else who comes from there. With 0 days nobody does.
 */
export function stillCome({ clients, at }: PlainUse, answers: Answers): PlainClient[] {
  if (answers.quietDays === 0) return [];
  const oldest = at.getTime() - answers.quietDays * dayMilliseconds;
  return clients.filter(
    (one) => !isAcknowledged(one, answers) && (one.lastSeen?.getTime() ?? oldest) >= oldest,
  );
}

export const isAcknowledged = (
  { clientId, address }: Pick<PlainClient, 'clientId' | 'address'>,
  { acknowledged }: Answers,
): boolean =>
  acknowledged
    .map((name) => clean(name, shownWidth))
    .some((name) => name === clientId || name === address);

export type Closing = 'waits' | 'due' | 'possible';

/**
 * Whether the port can be closed: `waits` while somebody still comes; `due` when nobody has for as
 * long as was asked, or when all who do are acknowledged; `possible` when nobody was seen, but for
 * less than that.
 */
export function closingOf(use: PlainUse, answers: Answers): Closing {
  if (stillCome(use, answers).length > 0) return 'waits';
  const acknowledged = use.clients.some((one) => isAcknowledged(one, answers));
  return wasQuiet(use, answers) || acknowledged ? 'due' : 'possible';
}

/** Whether it was watched for as long as it has to be quiet. */
const wasQuiet = ({ since, at, untold }: PlainUse, { quietDays }: Answers): boolean =>
  since !== null && untold === null && daysSince(since, at) >= quietDays;

const daysSince = (date: Date, at: Date): number =>
  (at.getTime() - date.getTime()) / dayMilliseconds;

/** How things stand at a port that is open while devices move; the first line says it in short. */
export function openPortNotes(setup: Setup, use: PlainUse): string[] {
  const { answers } = setup;
  const plain = plainPort(setup);
  const come = stillCome(use, answers);
  switch (closingOf(use, answers)) {
    case 'waits':
      return [
        `Still by port ${plain}: ${names(come)}.`,
        ...come.map((one) => `${clientLine(one, use.at)}.`),
        ...untoldWords(use),
        `Port ${plain} can be closed when nobody has come by it for ${days(answers.quietDays)}, or when these are acknowledged by name.`,
      ];
    case 'due':
      return [`Port ${plain} can be closed: ${quietWords(use, answers)}.`];
    default:
      return [
        `Nobody was seen at port ${plain}${sinceWords(use)}. Wait for ${days(answers.quietDays)}, or close it when you know that all have moved.`,
        ...untoldWords(use),
      ];
  }
}

/** Why nobody is in the way. */
function quietWords(use: PlainUse, answers: Answers): string {
  const known = use.clients.filter((one) => isAcknowledged(one, answers));
  if (answers.quietDays === 0 && use.clients.length > known.length)
    return 'it need not be quiet before (quietDays: 0)';
  const but = known.length > 0 ? ` but ${names(known)}, who may be locked out,` : '';
  const watched = answers.quietDays > 0 && wasQuiet(use, answers);
  return `nobody${but} was seen there${watched ? ` for ${days(answers.quietDays)}` : sinceWords(use)}`;
}

/** Refuses to close the port to somebody who still comes by it. Nothing has been changed. */
export function refuseToLockOut(setup: Setup, use: PlainUse): void {
  const { answers } = setup;
  const come = stillCome(use, answers).filter((one) => one.fate !== 'stays');
  if (come.length === 0) return;
  const [plain, { tls }] = [plainPort(setup), answers.ports];
  const list = come.map((one) => clientLine(one, use.at));
  const keys = [...new Set(come.map((one) => one.clientId ?? one.address))];
  throw new Trouble(
    `${come.length === 1 ? 'One client still comes' : `${come.length} clients still come`} by port ${plain}, which is to be closed.`,
    {
      likely: `${come.length === 1 ? 'It has' : 'They have'} not moved to port ${tls} yet, and would be locked out. Nothing was changed.`,
      next: `Move ${come.length === 1 ? 'it' : 'them'}, or say in the answers of Harden that it may be locked out (in a file, as below).`,
      detail: [...list, `acknowledged: ${JSON.stringify(keys)}`].join('\n'),
    },
  );
}

const days = (count: number): string => (count === 1 ? 'a day' : `${count} days`);
