import type { Evidence } from '../../src/steps/contract/evidence.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { hanging, type Line, pad, paragraph, say } from '../text/lines.ts';

/** What was tried, what came of it, and for a refusal why; what went wrong comes first. */
export function evidenceLines(
  evidence: readonly Evidence[],
  width: number,
  glyphs: Glyphs,
): Line[] {
  if (evidence.length === 0) return [];
  const failed = evidence.filter((one) => !one.pass);
  const passed = evidence.filter((one) => one.pass);
  const head: Line =
    failed.length === 0
      ? say(`${glyphs.done} ${holding(evidence.length)}`, 'good')
      : say(`${glyphs.refused} ${failed.length} of ${evidence.length} proofs failed`, 'bad');
  return [head, ...[...failed, ...passed].flatMap((one) => rows(one, width, glyphs))];
}

function rows(one: Evidence, width: number, glyphs: Glyphs): Line[] {
  const head: Line = [
    { text: `  ${one.pass ? glyphs.done : glyphs.refused} `, tone: one.pass ? 'good' : 'bad' },
    { text: pad(one.observed, 12), tone: one.pass ? 'plain' : 'bad' },
  ];
  const lines = hanging(head, one.title, width);
  if (!one.pass) lines.push(...indented(`It should be ${one.expect}.`, width));
  // Where it was seen from is in the words, unless it was here.
  const away = one.from !== undefined && one.from !== 'here';
  if (one.words && (!one.pass || one.observed !== 'accepted' || one.partly || away))
    lines.push(...indented(one.words, width));
  return lines;
}

const indented = (text: string, width: number): Line[] =>
  paragraph(text, Math.max(width - 16, 10), 'quiet').map((line) => [
    { text: ' '.repeat(16) },
    ...line,
  ]);

const holding = (count: number): string =>
  count === 1 ? 'The proof holds' : count === 2 ? 'Both proofs hold' : `All ${count} proofs hold`;
