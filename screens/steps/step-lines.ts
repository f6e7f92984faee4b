import type { AnonymousReport } from '../../src/steps/anonymous/anonymous.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import type { Change } from '../../src/steps/contract/plan.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import type { Check } from '../../src/steps/contract/step.ts';
import type { HardenReport } from '../../src/steps/harden/plan.ts';
import { lessons } from '../../src/steps/lessons.ts';
import type { State } from '../../state/machine/machine.ts';
import type { StepState } from '../../state/machine/step-machine.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { hanging, type Line, paragraph, say } from '../text/lines.ts';
import { answerLines } from '../views/answers.ts';
import { evidenceLines } from '../views/evidence.ts';
import { finishedLines, securedLines, verified } from '../views/finished.ts';
import { planLines } from '../views/plan.ts';
import { troubleLines } from '../views/trouble.ts';
import { reportLines } from './reports.ts';
import { sections } from './sections.ts';

interface Drawing {
  state: State;
  id: StepId;
  questions: readonly Question[];
  width: number;
  glyphs: Glyphs;
}

/** What a step's screen says: what matters most in its phase comes first. */
export function stepLines(drawing: Drawing): Line[] {
  const { state, id, width, glyphs } = drawing;
  const step = state.steps[id];
  switch (step.phase) {
    case 'planned':
      return step.plan ? planLines(step.plan, width, glyphs.dot) : [];
    case 'applying':
    case 'proving':
      return progressLines(step, width, glyphs);
    case 'proved':
      return sections(
        id === 'verify' ? securedLines(step.evidence, width) : [],
        evidenceLines(step.evidence, width, glyphs),
        id === 'verify' ? finishedLines(state, width) : [],
        progressLines(step, width, glyphs),
        step.evidence.length === 0 ? reportLines(state, id, width, glyphs) : [],
      );
    case 'failed':
      return sections(
        step.trouble ? troubleLines(step.trouble, width) : [],
        evidenceLines(step.evidence, width, glyphs),
        progressLines(step, width, glyphs),
      );
    case 'unknown':
    case 'checking':
    case 'planning':
      return lookingLines(drawing, step);
    case 'ready':
      return readyLines(drawing, step);
  }
}

/** What was seen of the step, what it is about, and what it is done with. */
function readyLines(drawing: Drawing, step: StepState): Line[] {
  const { state, id, questions, width, glyphs } = drawing;
  const { check } = step;
  const finished = id === 'verify' && check?.status === 'done';
  // Who still comes by a port that is left open is what one looks at this screen for.
  const first = finished || (id === 'harden' && closingOf(check) !== null);
  const blocked = check?.status === 'blocked' && check.trouble;
  // Of a port that is closed the lesson of the open one would be false.
  const closed =
    id === 'anonymous' &&
    check?.report != null &&
    (check.report as AnonymousReport).observed !== 'accepted';
  return sections(
    blocked
      ? troubleLines({ ...blocked, what: blocked.message }, width)
      : check
        ? paragraph(check.detail, width, check.status === 'drifted' ? 'warning' : 'strong')
        : [],
    finished ? securedLines(verified(check?.report), width) : [],
    first ? reportLines(state, id, width, glyphs) : [],
    (check?.notes ?? []).slice(-1).flatMap((note) => paragraph(note, width, 'warning')),
    finished ? finishedLines(state, width) : [],
    closed ? [] : paragraph(lessons[id].why, width),
    first ? [] : reportLines(state, id, width, glyphs),
    check?.status === 'done' ? [] : answerLines(questions, state.answers, width),
    paragraph(lessons[id].differs ?? '', width, 'quiet'),
  );
}

/**
 * While it is looked at: what was seen before may be so no more, and is not drawn as if it were. Nor is the
 * lesson of an open port, when it may have been closed since; the others stay what they are.
 */
function lookingLines(drawing: Drawing, { check }: StepState): Line[] {
  const { state, id, questions, width } = drawing;
  const { why, differs } = lessons[id];
  return sections(
    check === null
      ? []
      : paragraph('This is being looked at again: what was seen before may have changed.', width),
    check !== null && id === 'anonymous' ? [] : paragraph(why, width),
    answerLines(questions, state.answers, width),
    paragraph(differs ?? '', width, 'quiet'),
  );
}

const closingOf = (check: Check | null): HardenReport['closing'] =>
  (check?.report as HardenReport | null)?.closing ?? null;

/** What has been changed so far. */
function progressLines(step: StepState, width: number, glyphs: Glyphs): Line[] {
  if (step.changes.length === 0) return [];
  return [
    say(step.phase === 'proved' ? 'What was changed:' : 'Changed so far:', 'quiet'),
    ...step.changes.flatMap((change) =>
      hanging([{ text: `  ${glyphs.done} `, tone: 'good' }], doneWords(change), width),
    ),
  ];
}

const doneVerbs: Record<Change['action'], string> = {
  create: 'created',
  replace: 'replaced',
  remove: 'removed',
  restart: 'restarted',
  run: 'ran',
};

const doneWords = ({ action, path, command, summary }: Change): string => {
  const subject = path ?? (action === 'restart' ? 'the broker' : command);
  return subject ? `${doneVerbs[action]} ${subject}` : summary;
};
