import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { lessons } from '../../src/steps/lessons.ts';
import type { State } from '../../state/machine/machine.ts';
import { Lines, Row } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { blank, type Line } from '../text/lines.ts';
import { standing, stepNumber } from './step-state.ts';

/** The seven steps beside the body, and what their signs mean. */
export function StepList({ state }: { state: State }) {
  const { glyphs, layout } = useLook();
  const area = layout.steps;
  if (!area) return null;
  const lines: Line[] = stepIds.map((id) => {
    const { glyph, tone } = standing(state, id, glyphs);
    const current = isHere(state, id);
    return [
      { text: ` ${glyph} `, tone },
      {
        text: `${stepNumber(id)} ${lessons[id].title}`,
        tone: current ? 'strong' : tone === 'good' ? 'plain' : tone,
      },
    ];
  });
  const unsure = stepIds
    .map((id) => standing(state, id, glyphs))
    .find(({ word }) => word === 'being looked at');
  const legend: Line[] = [
    [{ text: ` ${glyphs.done} done  ${glyphs.here} here`, tone: 'quiet' }],
    [{ text: ` ${glyphs.attention} needs attention`, tone: 'quiet' }],
    ...(unsure ? [[{ text: ` ${unsure.glyph} ${unsure.word}`, tone: unsure.tone }]] : []),
  ];
  const room = area.height - lines.length - legend.length;
  const shown = room < 1 ? lines : [...lines, blank, ...legend];
  return <Lines lines={shown} width={area.width} height={area.height} />;
}

/** The same on one row, where there is no room beside the body. */
export function StepLine({ state }: { state: State }) {
  const { glyphs, layout } = useLook();
  const line: Line = stepIds.flatMap((id) => {
    const { glyph, tone, word } = standing(state, id, glyphs);
    const name = isHere(state, id)
      ? ` ${lessons[id].title}${word === 'here' ? '' : ` (${word})`}`
      : '';
    return [{ text: ` ${glyph.trim()}${stepNumber(id)}${name} `, tone }];
  });
  return <Row line={line} width={layout.columns} />;
}

const isHere = (state: State, id: StepId): boolean =>
  state.place.screen === 'step' && state.place.step === id;
