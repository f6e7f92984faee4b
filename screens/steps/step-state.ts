import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { isDone, type State } from '../../state/machine/machine.ts';
import type { StepState } from '../../state/machine/step-machine.ts';
import { busy } from '../../state/machine/step-machine.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/theme.ts';

/** How a step stands, in one word and one glyph; the glyph never says more than the word. */
export interface Standing {
  word: 'done' | 'here' | 'drifted' | 'blocked' | 'failed' | 'to do' | 'being looked at';
  glyph: string;
  tone: Tone;
}

export function standing(state: State, id: StepId, glyphs: Glyphs): Standing {
  const step = state.steps[id];
  const current = state.place.screen === 'step' && state.place.step === id;
  if (step.phase === 'failed') return { word: 'failed', glyph: glyphs.attention, tone: 'bad' };
  if (underWay(step)) return current ? present(glyphs) : unsure(step);
  if (step.check?.status === 'blocked' && current)
    return { word: 'blocked', glyph: glyphs.attention, tone: 'warning' };
  if (step.check?.status === 'drifted')
    return { word: 'drifted', glyph: glyphs.attention, tone: 'warning' };
  if (current) return present(glyphs);
  if (isDone(step)) return { word: 'done', glyph: glyphs.done, tone: 'good' };
  return toDo;
}

const toDo: Standing = { word: 'to do', glyph: ' ', tone: 'quiet' };

const present = ({ here }: Glyphs): Standing => ({ word: 'here', glyph: here, tone: 'accent' });

/** What was seen of a step before it is looked at again says nothing of how it stands. */
const unsure = ({ check }: StepState): Standing =>
  check === null ? toDo : { word: 'being looked at', glyph: '?', tone: 'quiet' };

/** Whether it is being found out how a step stands. */
export const underWay = ({ phase }: StepState): boolean => phase === 'unknown' || busy(phase);

export const stepNumber = (id: StepId): number => stepIds.indexOf(id) + 1;
