import { createPatch } from 'diff';
import { clean, cleanLines } from '../clean.ts';
import type { FileFacts } from '../host/host.ts';
import { type Candidate, candidateFor } from '../mosquitto/candidate.ts';
import type { Listener } from '../mosquitto/effective.ts';
import { lookAt } from '../mosquitto/look.ts';
import { Trouble } from '../trouble.ts';
import { journalOn } from '../undo/journal.ts';
import { clocksAllow } from './clocks.ts';
import { distribute } from './distribute.ts';
import { goalOf } from './goal.ts';
import { hardenedDetail, hardenNotes, onlyItself } from './harden-notes.ts';
import { hardenQuestions } from './harden-questions.ts';
import { lessons } from './lessons.ts';
import { decisiveProofs, prove } from './proofs.ts';
import { rehearse } from './rehearse.ts';
import { rolledBack } from './rolled-back.ts';
import type { Setup } from './setup.ts';
import type { Change, Plan, Step } from './step.ts';
import { notProved } from './walk.ts';

export interface HardenReport {
  before: Listener[];
  /** What would listen afterwards. */
  after: Listener[];
  contradictions: Candidate['contradictions'];
}

export interface HardenPlan extends Plan {
  candidate: Candidate;
}

/** Step 6: the broker lets in only who holds a certificate. */
export const harden: Step<HardenReport, HardenPlan> = {
  ...lessons.harden,

  questions: hardenQuestions,

  byHand(setup) {
    const { layout, service } = setup.broker;
    return [
      `sudo cp -a ${layout.access} ~/access.conf.before`,
      `sudoedit ${layout.access}`,
      service.restartCommand,
      'systemctl status mosquitto',
    ];
  },

  async check(setup) {
    const { candidate, now } = await candidateNow(setup);
    const report = reportOf(candidate, now);
    if (candidate.files.length > 0) {
      const ours = candidate.files.some((file) => file.before?.startsWith('# Written by Lockstep'));
      return ours
        ? { status: 'drifted', detail: 'The configuration is not what was asked for.', report }
        : {
            status: 'todo',
            detail:
              candidate.files.length === 1
                ? 'One file is to be changed.'
                : `${candidate.files.length} files are to be changed.`,
            report,
          };
    }
    const evidence = await prove(await decisiveProofs(setup)).catch(() => []);
    return evidence.length > 0 && evidence.every((item) => item.pass)
      ? { status: 'done', detail: hardenedDetail(setup), report }
      : {
          status: 'drifted',
          detail: 'The files are right, but the broker runs without them.',
          report,
        };
  },

  async plan(setup) {
    const [{ candidate, now }, clocks] = await Promise.all([
      candidateNow(setup),
      clocksAllow(setup),
    ]);
    if (candidate.shortfalls.length > 0) throw outOfReach(candidate);
    refuseToOpen(setup, now, candidate);
    const modes = await modesOf(setup, candidate);
    const changes = candidate.files.map((file, index) =>
      fileChange(setup, file, modes[index] ?? null),
    );
    return {
      candidate,
      changes: [...changes, restartChange(setup)],
      notes: [...clocks, ...hardenNotes(setup, candidate, now)],
    };
  },

  async *apply(setup, plan) {
    const { broker } = setup;
    const delivered = await distribute.check(setup);
    if (delivered.status !== 'done') throw notDelivered(delivered.detail);
    const journal = journalOn(broker.host, broker.layout.journal);
    const [{ running }] = await Promise.all([
      broker.service.state(),
      ...plan.candidate.files.map((file) => requireAsShown(setup, file)),
    ]);
    const paths = plan.candidate.files.map((file) => file.path);
    if (broker.canShadow) {
      yield { kind: 'progress', text: 'Trying the new configuration beside the broker' };
      yield { kind: 'progress', text: await rehearse(setup, plan.candidate) };
    }
    yield { kind: 'progress', text: 'Keeping copies of what will be touched' };
    const group = await journal.keep('harden', paths, running);
    try {
      const modes = await modesOf(setup, plan.candidate);
      await makeFolder(setup);
      for (const [index, file] of plan.candidate.files.entries()) {
        await broker.host.write(
          file.path,
          Buffer.from(file.after, 'latin1'),
          ownershipLike(modes[index] ?? null),
          { root: true },
        );
        const change = plan.changes[index];
        if (change) yield { kind: 'change', change };
      }
      yield { kind: 'progress', text: 'Restarting the broker' };
      await broker.service.restart();
      yield { kind: 'change', change: restartChange(setup) };
      yield { kind: 'progress', text: 'Proving it from outside' };
      const evidence = await prove(await decisiveProofs(setup));
      const failed = evidence.filter((item) => !item.pass);
      if (failed.length > 0) throw notProved(harden, failed);
    } catch (error) {
      throw await rolledBack(setup, journal, group, running, error);
    }
  },

  async prove(setup) {
    return prove(await decisiveProofs(setup));
  },
};

/** The configuration that would reach the goal, and who listens now; one look at one state. */
async function candidateNow(setup: Setup): Promise<{ candidate: Candidate; now: Listener[] }> {
  const { layout, version } = setup.broker;
  const look = await lookAt(setup.broker);
  const goal = goalOf(setup, look.configuration);
  const candidate = await candidateFor(goal, look.files, look.configuration, layout, version);
  return { candidate, now: look.effective.listeners };
}

const reportOf = (candidate: Candidate, now: Listener[]): HardenReport => ({
  before: now,
  after: candidate.effective.listeners,
  contradictions: candidate.contradictions,
});

/** The folder of access.conf: Debian's package brings it, other installations may not. */
async function makeFolder({ broker }: Setup): Promise<void> {
  const folder = broker.layout.access.slice(0, broker.layout.access.lastIndexOf('/'));
  const made = await broker.host.run(['mkdir', '-p', '-m', '0755', '--', folder], { root: true });
  if (made.code === 0) return;
  throw new Trouble(`The folder ${clean(folder)} cannot be made.`, {
    likely: 'A file has its name, or the file system there is full or read-only.',
    next: 'Put that right, then try again.',
    detail: cleanLines(made.stderr, 3).join('\n'),
  });
}

async function modesOf(setup: Setup, candidate: Candidate): Promise<(FileFacts | null)[]> {
  const paths = candidate.files.map((file) => file.path);
  return paths.length > 0 ? setup.broker.host.stat(paths, { root: true }) : [];
}

/** A file keeps its owner and mode; a new one must be readable by the broker when it reloads. */
const ownershipLike = (facts: FileFacts | null) =>
  facts?.type === 'file'
    ? { mode: facts.mode & 0o7777, owner: facts.owner, group: facts.group }
    : { mode: 0o644, owner: 'root', group: 'root' };

function fileChange(
  setup: Setup,
  file: Candidate['files'][number],
  facts: FileFacts | null,
): Change {
  const action = file.before === null ? 'create' : 'replace';
  const mode = `0${(ownershipLike(facts).mode & 0o777).toString(8)}`;
  return {
    host: setup.broker.host.name,
    action,
    path: file.path,
    mode,
    diff: createPatch(file.path, utf8(file.before ?? ''), utf8(file.after), 'now', 'then'),
    summary: `${action} ${file.path} (${mode})`,
  };
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

const restartChange = (setup: Setup): Change => ({
  host: setup.broker.host.name,
  action: 'restart',
  command: setup.broker.service.restartCommand,
  summary: `restart the broker: every client is disconnected once (${setup.broker.service.restartCommand})`,
});

/** What was shown is what is done: not over somebody else's change in the meantime. */
async function requireAsShown(
  { broker }: Setup,
  { path, before }: Candidate['files'][number],
): Promise<void> {
  const now = await broker.host.read(path, { root: true });
  if ((now?.toString('latin1') ?? null) === before) return;
  throw new Trouble(`${clean(path)} was changed since the change to it was shown.`, {
    likely: 'Somebody else, or a program, works on this broker, too. Nothing was changed.',
    next: 'Try again: the change is worked out anew, from what is there now.',
  });
}

/** "Open" keeps a door open that is: it never opens one to a network that had none. */
function refuseToOpen({ answers }: Setup, now: Listener[], { effective }: Candidate): void {
  if (answers.plainListener !== 'open' || !onlyItself(now) || onlyItself(effective.listeners))
    return;
  const { plain } = answers.ports;
  throw new Trouble(`Port ${plain} is not open to the network now, and would be.`, {
    likely: `The answer for port ${plain} is "open", but only programs on the broker's own machine use it.`,
    next: 'Choose "this machine only" (plainListener: loopback). Nothing was changed.',
  });
}

function outOfReach(candidate: Candidate): Trouble {
  return new Trouble('The configuration cannot be changed safely by itself.', {
    likely: 'Something in it, besides access.conf, decides otherwise. Nothing was changed.',
    next: 'Put right what is listed below, by hand, then try again.',
    detail: candidate.shortfalls.join('\n'),
  });
}

function notDelivered(detail: string): Trouble {
  return new Trouble("The broker's certificate and key are not in place.", {
    likely: detail,
    next: 'Take the step Distribute first; without them the broker would not start.',
  });
}
