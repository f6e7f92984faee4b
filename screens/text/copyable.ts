import stringWidth from 'string-width';
import { wrap } from './lines.ts';

/**
 * A shell command on lines of at most `width` cells that can be copied and run as they are: broken
 * at blanks outside quotes, with a backslash. What has no such blank stays whole (the
 * screen folds it; printed on leaving it is one line).
 */
export function copyable(command: string, width: number): string[] {
  if (command.includes('\n')) return command.split('\n');
  if (command.startsWith('#'))
    return wrap(command.replace(/^#\s*/, ''), width - 2).map((line) => `# ${line}`);
  const lines: string[] = [];
  let line = '';
  for (const word of words(command)) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (line.trim() === '' || stringWidth(joined) <= width - 2) {
      line = joined;
      continue;
    }
    lines.push(`${line} \\`);
    line = `  ${word}`;
  }
  return [...lines, line];
}

/** A command's words; what is quoted stays in one piece. */
const words = (command: string): string[] =>
  command.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g) ?? [command];
