import { Trouble } from '../../errors/trouble.ts';
import type { FileFacts } from '../../host/api/host.ts';
import { editedFinding } from '../../mosquitto/audit/edited-since.ts';
import { runningFindings } from '../../mosquitto/audit/running.ts';
import { isOurs } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import { linkWords } from '../../mosquitto/config/files/links.ts';
import { isChange } from '../../mosquitto/effective/access-table.ts';
import { asRead } from '../../mosquitto/inspection/as-read.ts';
import { clean } from '../../text/clean.ts';
import { type Changes, changesOn } from '../../undo/change/change.ts';
import { accessLines } from '../access/access-lines.ts';
import { barredClients } from '../access/barred.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import type { Step } from '../contract/step.ts';
import { distribute } from '../distribute/distribute.ts';
import { lessons } from '../lessons.ts';
import { isOfOtherAnswer } from '../plain-port/choices.ts';
import { closingOf, isClosing, openPortNotes, refuseToLockOut } from '../plain-port/closing.ts';
import { whichPlainPort } from '../plain-port/find.ts';
import { refuseReplaced } from '../release/other-set-up.ts';
import { firstLinks } from '../release/release.ts';
import { asWished, commit, putBack, settle, unclear } from '../run/commit.ts';
import { decisiveProofs, prove } from '../run/proofs.ts';
import { shownBy } from '../run/shown.ts';
import { hardenByHand } from './by-hand.ts';
import { confirmation, fileChange, linkChange, restartChange } from './changes.ts';
import { gatesOf, type HardenLook, lookForHarden, type Present } from './look.ts';
import { closingDetail, hardenedDetail, hardenNotes, notReopened } from './notes.ts';
import type { HardenReport, HardenWork } from './plan.ts';
import { hardenQuestions } from './questions.ts';
import { refuseTaken } from './taken.ts';
import { tryBeside } from './try-beside.ts';
import { waitingCheck, waitingPlan } from './waiting.ts';

/** Step 6: the broker lets in only who holds a certificate. */
export const harden: Step<HardenReport, HardenWork, HardenLook> = {
  ...lessons.harden,
  movesLivePane: true,

  questions: hardenQuestions,

  byHand: hardenByHand,

  async check(setup) {
    const look = await lookForHarden(setup, changesOf(setup));
    const { waiting, now } = look;
    if (now === null) return { status: 'todo', detail: whichPort, report: null, look };
    const { candidate, use } = now;
    const report = reportOf(setup, now);
    if (waiting) return { status: 'todo', ...waitingCheck(waiting), report, look };
    if (candidate.files.length > 0) {
      if (isClosing(setup, candidate, now.listeners))
        return { status: 'todo', detail: closingDetail(setup), report, look };
      const ours = candidate.files.some(({ before }) => before !== null && isOurs(before));
      if (!ours) return { status: 'todo', detail: counted(candidate.files.length), report, look };
      // Another answer was given: nothing has changed on the broker.
      return (await isOfOtherAnswer(setup, now.look, now.goal))
        ? { status: 'todo', detail: 'What was answered last is not done yet.', report, look }
        : {
            status: 'drifted',
            detail: 'The configuration is not what was asked for.',
            report,
            look,
          };
    }
    const amiss = await notInUse(setup, now);
    if (amiss) return { status: 'drifted', detail: amiss, report, look };
    const notes = [
      ...notReopened(setup, now.listeners),
      ...(use && report.closing ? openPortNotes(setup, use) : []),
    ];
    const told = notes.length > 0 ? { notes } : {};
    return { status: 'done', detail: hardenedDetail(now.access, setup), report, ...told };
  },

  async plan(setup, look) {
    const { waiting, now } = look ?? (await lookForHarden(setup, changesOf(setup)));
    if (now === null) throw whichPlainPort(setup);
    const { candidate, listeners, standing, use } = now;
    const nothing = { candidate, release: null, rewrite: { files: [], links: [] } };
    if (waiting) return waitingPlan(setup, waiting, nothing);
    refuseReplaced(now.other);
    if (candidate.shortfalls.length > 0) throw outOfReach(candidate);
    refuseTaken(setup, now);
    if (use && isClosing(setup, candidate, listeners)) refuseToLockOut(setup, use);
    // Not before that: a change that waits can be settled whatever the clock says.
    const {
      clocks,
      modes,
      nextBoot,
      links: astray,
      edited,
    } = await (now.gates ?? gatesOf(setup, now.look, now.goal, candidate));
    const files = candidate.files.map((file, index) => ({
      ...file,
      ...ownershipLike(setup, modes[index] ?? null),
    }));
    const links = standing?.switches ?? [];
    const linked = standing ? links : await firstLinks(setup.broker.host, setup);
    const read = await asRead(
      setup.broker,
      now.look,
      files.map(({ path }) => path),
    );
    const rewrite = { files, links, asRead: read };
    const work = { candidate, release: standing?.release ?? null, rewrite };
    const shown = {
      changes: [
        ...files.map((file) => fileChange(setup, file)),
        ...linked.map((link) => linkChange(setup, link, standing)),
        restartChange(setup),
      ],
      access: { lines: accessLines(now.access), cells: candidate.access.filter(isChange) },
      notes: [
        ...(standing && !standing.wrong ? [] : [firstDistribute]),
        ...clocks,
        ...[...edited.map(editedFinding), ...nextBoot].map(({ message }) => ({
          text: message,
          warning: true,
        })),
        ...astray.map((link) => ({
          text: `${clean(link.path)}: ${linkWords(link)}.`,
          warning: true,
        })),
        ...hardenNotes(setup, now, await barredClients(setup, candidate)),
      ],
    };
    return { shown, work };
  },

  async *apply(setup, { shown, work }) {
    const { broker } = setup;
    const one = { setup, changes: changesOf(setup), step: harden, prove: () => decide(setup) };
    if (work.goBack) throw await putBack(one, asWished, work.goBack.id);
    if (work.waiting) {
      const seconds = setup.answers.undoAfterSeconds;
      const { id } = work.waiting;
      if (!(await one.changes.hold(id, seconds))) throw await putBack(one, unclear(), id);
      yield* settle(one, work.waiting);
      yield { kind: 'change', change: confirmation(setup) };
      return;
    }
    if (broker.canTry)
      yield { kind: 'progress', text: 'Trying the new configuration beside the broker' };
    const looking = Promise.all([distribute.check(setup), broker.service.state()]);
    looking.catch(() => {});
    // To its end, whatever else is met: nothing of it stays there.
    const tried = broker.canTry
      ? await tryBeside(setup, work.candidate, work.release).catch((error: unknown) => ({ error }))
      : null;
    // What is wrong with the files is said before what comes of it.
    const [delivered, { running }] = await looking;
    if (delivered.status !== 'done') throw notDelivered(delivered.detail);
    if (typeof tried === 'string') yield { kind: 'progress', text: tried };
    else if (tried) throw tried.error;
    yield { kind: 'progress', text: 'Making the change, and restarting the broker' };
    yield* commit(one, work.rewrite, { running, shown: shown.changes });
  },

  async prove(setup) {
    return prove(await decisiveProofs(setup));
  },
};

const reportOf = (
  { answers, choices }: Setup,
  { candidate, listeners, use, goal }: Present,
): HardenReport => ({
  plain: goal.ports.plain,
  before: listeners,
  after: candidate.effective.listeners,
  contradictions: candidate.contradictions,
  use,
  closing:
    use && answers.plainListener === 'open' && candidate.files.length === 0
      ? closingOf(use, answers)
      : null,
  // Where passwords count for all ports, a port that is there goes on taking them.
  closedBy: choices?.refuse && !choices.refuse.names ? 'refuse' : 'remove',
});

const whichPort = 'It has to be said first which of its ports without TLS is meant.';

const counted = (files: number): string =>
  files === 1 ? 'One file is to be changed.' : `${files} files are to be changed.`;

const changesOf = ({ broker, operator }: Setup): Changes =>
  changesOn(broker, operator?.token ?? null);

const decide = async (setup: Setup): Promise<Evidence[]> => prove(await decisiveProofs(setup));

/** What the running broker does not do yet, though its files are right; null when it does. */
async function notInUse(setup: Setup, now: Present): Promise<string | null> {
  if (now.standing && now.standing.switches.length > 0)
    return "The broker's files are there, but not switched to.";
  const [tried, findings] = await Promise.all([
    decide(setup).catch((error: unknown) => {
      if (error instanceof Trouble) return error.message;
      throw error;
    }),
    runningFindings(setup.broker, now.look, shownBy(setup)),
  ]);
  if (typeof tried === 'string') return notSeen(tried);
  const failed = tried.filter((item) => !item.pass);
  const untried = failed.find(({ observed }) => observed === 'unreachable');
  if (untried) return notSeen(untried.words);
  if (failed.length > 0) return 'The files are right, but the broker runs without them.';
  // A note says what was not tried, not that anything is wrong.
  return findings.find(({ severity }) => severity !== 'note')?.message ?? null;
}

const notSeen = (why: string): string =>
  `The files are right; whether the broker uses them was not seen. ${why}`;

/** A change keeps a file's owner and mode; a new one must be readable by the broker when it reloads. */
function ownershipLike({ broker }: Setup, facts: FileFacts | null) {
  const own = broker.layout.keyOwner !== null;
  return facts?.type === 'file'
    ? { mode: facts.mode & 0o7777, owner: own ? `${facts.owner}:${facts.group}` : null }
    : { mode: 0o644, owner: own ? 'root:root' : null };
}

function outOfReach(candidate: Candidate): Trouble {
  return new Trouble('With this change the broker would not do what you chose.', {
    likely: 'Other lines of its configuration decide otherwise. The configuration was not changed.',
    next: 'Choose as the list says, or put right what it names, then try again.',
    detail: candidate.shortfalls.join('\n'),
  });
}

const firstDistribute = {
  text: "The broker's certificate and key are not in place: take the step Distribute first.",
  warning: true,
};

function notDelivered(detail: string): Trouble {
  return new Trouble("The broker's certificate and key are not in place.", {
    likely: detail,
    next: 'Take the step Distribute first; without them the broker would not start.',
  });
}
