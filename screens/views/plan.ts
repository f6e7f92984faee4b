import type { Change, Plan } from '../../src/steps/step.ts';
import { blank, hanging, type Line, paragraph } from '../lines.ts';
import type { Tone } from '../theme.ts';

/** What will be done, in order, before anything is done. */
export function planLines(plan: Plan, width: number, dot: string): Line[] {
  const count = plan.changes.length;
  const lines: Line[] = paragraph(
    `Nothing is changed yet. If you agree, ${count === 1 ? 'this is done' : `these ${count} things are done`}:`,
    width,
  );
  for (const note of plan.notes)
    lines.push(
      ...hanging(
        [{ text: note.warning ? '! Note  ' : '  ', tone: 'warning' }],
        note.text,
        width,
        note.warning ? 'warning' : 'quiet',
      ),
    );
  lines.push(blank);
  for (const [index, change] of plan.changes.entries())
    lines.push(...changeLines(change, index + 1, width, dot));
  return lines;
}

function changeLines(change: Change, number: number, width: number, dot: string): Line[] {
  const where = [
    `${change.action} ${change.path ?? change.command ?? ''}`.trim(),
    `on ${change.host}`,
    [change.owner, change.mode].filter(Boolean).join(' '),
  ].filter((part) => part !== '');
  return [
    ...hanging([{ text: `${String(number).padStart(2)} ` }], change.summary, width, 'strong'),
    ...hanging([{ text: '   ' }], where.join(` ${dot} `), width, 'quiet'),
    ...(change.diff ? diffLines(change.diff) : []),
  ];
}

/** A unified difference: what goes and what comes is said by `-` and `+`, and by colour. */
export function diffLines(diff: string): Line[] {
  return diff
    .split('\n')
    .filter((line) => line !== '' && !/^(Index:|={3,}|--- |\+\+\+ |\\ No newline)/.test(line))
    .map((line): Line => [{ text: `   ${line}`, tone: diffTone(line) }]);
}

function diffTone(line: string): Tone {
  if (line.startsWith('+')) return 'good';
  if (line.startsWith('-')) return 'bad';
  return line.startsWith('@@') ? 'accent' : 'quiet';
}
