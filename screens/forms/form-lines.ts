import stringWidth from 'string-width';
import type { Question } from '../../src/steps/contract/question.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { blank, hanging, type Line, pad, paragraph } from '../text/lines.ts';
import { answerWords, shortLabel } from '../views/answers.ts';
import { type Field, laidOut } from './text-field.ts';

export interface DrawnForm {
  lines: Line[];
  /** The line that must be in view. */
  focus: number;
  /** Where the terminal's cursor belongs, counted from the first line; null on a choice. */
  cursor: { x: number; y: number } | null;
}

/** A form as lines: each question with its answer, and under the one that is asked its help. */
export function formLines(form: {
  questions: readonly Question[];
  draftOf(question: Question): string;
  at: number;
  field: Field;
  done: string;
  width: number;
  glyphs: Glyphs;
}): DrawnForm {
  const { questions, glyphs, width } = form;
  const column = Math.max(8, ...questions.map(({ label }) => stringWidth(shortLabel(label)))) + 4;
  const drawn: DrawnForm = { lines: [], focus: 0, cursor: null };
  for (const [index, question] of questions.entries()) {
    const here = index === form.at;
    const label: Line = [
      { text: here ? `${glyphs.pointer} ` : '  ', tone: 'accent' },
      { text: pad(shortLabel(question.label), column - 2), tone: here ? 'accent' : 'plain' },
    ];
    if (!here) {
      const value = answerWords(question, form.draftOf(question));
      const wrong = question.check(form.draftOf(question)) !== undefined;
      drawn.lines.push(...hanging(label, value, width, wrong ? 'bad' : 'plain'));
      continue;
    }
    drawn.focus = drawn.lines.length;
    if (question.kind === 'choice') {
      const chosen = `${answerWords(question, form.field.text)}  ${glyphs.leftRight}`;
      drawn.lines.push(...hanging(label, chosen, width, 'strong'));
    } else {
      const { rows, x, y } = laidOut(form.field, width - column);
      drawn.focus += y;
      drawn.cursor = { x: column + x, y: drawn.focus };
      for (const [row, text] of rows.entries())
        drawn.lines.push([
          ...(row === 0 ? label : [{ text: pad('', column) }]),
          { text, tone: 'strong' },
        ]);
    }
    drawn.lines.push(...help(question, form.field.text, width, glyphs));
  }
  const last = form.at === questions.length;
  drawn.lines.push(blank);
  if (last) drawn.focus = drawn.lines.length;
  drawn.lines.push([
    { text: `${last ? glyphs.pointer : ' '} ${form.done}`, tone: last ? 'accent' : 'plain' },
  ]);
  return drawn;
}

/** Why the answer cannot be taken, else what it means; indented below its question. */
function help(question: Question, value: string, width: number, glyphs: Glyphs): Line[] {
  const wrong = question.check(value);
  const choice = question.choices?.find((one) => one.value === value);
  const full = shortLabel(question.label) === question.label ? '' : `${question.label}. `;
  const text = wrong ?? `${full}${choice?.why ?? question.help}`;
  const lines = paragraph(text, width - 4, wrong === undefined ? 'quiet' : 'bad');
  return lines.map((line, index) => [
    { text: index === 0 && wrong !== undefined ? `  ${glyphs.attention} ` : '    ', tone: 'bad' },
    ...line,
  ]);
}
