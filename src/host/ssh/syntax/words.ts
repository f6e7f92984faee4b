import { statSync } from 'node:fs';

/**
 * The words of a configuration line, as ssh takes its quotes and backslashes away (argv_split in misc.c), up to a comment
 * where there may be one; null where a quote is open.
 */
export function words(line: string, comments = false): string[] | null {
  const found: string[] = [];
  const word =
    /(?:\\["'\\ ]|\\(?!["'\\ ])|"(?:\\["'\\]|\\(?!["'\\])|[^"\\])*"|'(?:\\["'\\]|\\(?!["'\\])|[^'\\])*'|[^ \t"'\\])+/y;
  let at = 0;
  for (;;) {
    at += /^[ \t]*/.exec(line.slice(at))?.[0].length ?? 0;
    if (at === line.length || (comments && line[at] === '#')) return found;
    word.lastIndex = at;
    const raw = word.exec(line)?.[0];
    if (raw === undefined) return null;
    found.push(unquoted(raw));
    at += raw.length;
  }
}

function unquoted(raw: string): string {
  let quote = '';
  return raw.replace(/\\(["'\\ ])|["']/g, (all, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped === ' ' && quote !== '' ? all : escaped;
    if (quote !== '' && all !== quote) return all;
    quote = quote === '' ? all : '';
    return '';
  });
}

/**
 * The files of a line of `ssh -G`, which prints names without their quotes: a name begins with what looks like a full
 * path and goes on to the next. Null where another reading of it names a file that is there, so that it cannot be told.
 */
export function printedFiles(line: string, path: (name: string) => string): string[] | null {
  const parts = line.split(' ');
  const starts = parts.flatMap((part, at) => (at === 0 || /^[/~]/.test(part) ? [at] : []));
  const names = starts.map((at, index) => parts.slice(at, starts[index + 1]).join(' '));
  for (let from = 0; from < parts.length; from += 1)
    for (let to = from + 1; to <= parts.length; to += 1) {
      const name = parts.slice(from, to).join(' ');
      if (name !== '' && !names.includes(name) && isFile(path(name))) return null;
    }
  return names.map(path);
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}
