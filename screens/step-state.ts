import { type StepId, stepIds } from '../src/steps/step.ts';
import { isDone, type State } from '../state/machine.ts';
import type { Glyphs } from './glyphs.ts';
import type { Tone } from './theme.ts';

/** How a step stands, in one word and one glyph; the glyph never says more than the word. */
export interface Standing {
  word: 'done' | 'here' | 'drifted' | 'blocked' | 'failed' | 'to do';
  glyph: string;
  tone: Tone;
}

export function standing(state: State, id: StepId, glyphs: Glyphs): Standing {
  const step = state.steps[id];
  const current = state.place.screen === 'step' && state.place.step === id;
  if (step.phase === 'failed') return { word: 'failed', glyph: glyphs.attention, tone: 'bad' };
  if (step.check?.status === 'blocked' && current)
    return { word: 'blocked', glyph: glyphs.attention, tone: 'warning' };
  if (step.check?.status === 'drifted')
    return { word: 'drifted', glyph: glyphs.attention, tone: 'warning' };
  if (current) return { word: 'here', glyph: glyphs.here, tone: 'accent' };
  if (isDone(step)) return { word: 'done', glyph: glyphs.done, tone: 'good' };
  return { word: 'to do', glyph: ' ', tone: 'quiet' };
}

export const stepNumber = (id: StepId): number => stepIds.indexOf(id) + 1;
