import type { StepId } from '../../src/steps/step.ts';
import type { State } from '../../state/machine.ts';
import type { Glyphs } from '../glyphs.ts';
import type { Line } from '../lines.ts';

export interface ReportDrawing {
  state: State;
  id: StepId;
  width: number;
  glyphs: Glyphs;
}

/** What is special in what a step saw; empty where its one line of detail says it all. */
export function reportLines(_drawing: ReportDrawing): Line[] {
  return [];
}
