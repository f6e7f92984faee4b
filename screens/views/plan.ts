import { machineName } from '../../src/host/local/machine-name.ts';
import type { Change, Plan } from '../../src/steps/contract/plan.ts';
import { blank, hanging, type Line, paragraph, say } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';

/** What will be done, in order, before anything is done. */
export function planLines(plan: Plan, width: number, dot: string): Line[] {
  const count = plan.changes.length;
  const what = count === 1 ? 'this is done' : `these ${count} things are done`;
  const lines: Line[] = [];
  if (plan.access && plan.access.lines.length > 0) {
    lines.push(say('Who gets in, from then on:', 'strong'));
    for (const { text, warning } of plan.access.lines)
      lines.push(...hanging([{ text: '  ' }], text, width, warning ? 'warning' : 'plain'));
    lines.push(blank);
  }
  lines.push(say(`If you agree, ${what}:`));
  for (const { text } of plan.notes.filter((note) => note.warning))
    lines.push(...hanging([{ text: '! Note  ', tone: 'warning' }], text, width, 'warning'));
  lines.push(blank);
  for (const [index, change] of plan.changes.entries()) {
    if (change.host !== plan.changes[index - 1]?.host)
      lines.push(say(`On ${machineName(change.host)}`, 'quiet'));
    lines.push(...changeLines(change, index + 1, width, dot));
  }
  const rest = plan.notes.filter((note) => !note.warning);
  if (rest.length > 0) lines.push(blank);
  for (const { text } of rest) lines.push(...paragraph(text, width, 'quiet'));
  return lines;
}

function changeLines(change: Change, number: number, width: number, dot: string): Line[] {
  const { summary, action, path, command, owner, mode, diff } = change;
  const subject = path ?? command ?? '';
  const more = [
    summary.includes(subject) ? '' : `${action} ${subject}`,
    owner && !summary.includes(owner) ? owner : '',
    mode && !summary.includes(mode) ? mode : '',
  ].filter((part) => part !== '');
  return [
    ...hanging([{ text: `${String(number).padStart(2)} ` }], summary, width),
    ...(more.length > 0 ? hanging([{ text: '   ' }], more.join(` ${dot} `), width, 'quiet') : []),
    ...(diff ? diffLines(diff) : []),
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
