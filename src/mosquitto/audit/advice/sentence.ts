import { hidden, withoutSecret } from '../../config/model/secret-lines.ts';
import type { Edit } from './edit.ts';
import { listed, spoken } from './finding.ts';

/** What edits do, as somebody would be told to do it: made from the edits, so that both say the same. */
export function instructions(edits: readonly Edit[]): string {
  const left = edits.filter((one) => one.action === 'remove');
  const said: string[] = [];
  for (const group of inserts(edits)) {
    const [first] = group;
    if (first === undefined) continue;
    const from = group.map(({ text }) => {
      const index = left.findIndex((one) => one.text === text);
      return index < 0 ? null : left.splice(index, 1)[0];
    });
    const lines = from.filter((one) => one != null);
    // What is taken away in one place and written in another is moved.
    if (lines.length === group.length)
      said.push(`move ${linesOf(lines)} ${first.action === 'append' ? 'to ' : ''}${to(first)}`);
    else {
      left.push(...lines);
      const where = first.action === 'append' ? `at ${to(first)}` : to(first);
      said.push(`write ${listed(group.map(({ text }) => `"${withoutSecret(text)}"`))} ${where}`);
    }
  }
  for (const one of edits)
    if (one.action === 'replace')
      said.push(`change ${spoken(one)} to "${withoutSecret(one.text)}"`);
  if (left.length > 0) said.push(`remove ${linesOf(left)}`);
  // Whoever writes the line as it is shown would have that for a password.
  const isWritten = said.some((one) => !/^(remove|move) /.test(one) && one.includes(hidden));
  return said.join('; ') + (isWritten ? ` (with the value as it is for "${hidden}")` : '');
}

/** `FILE line 3 ("a"), line 4 ("b")`. */
function linesOf(edits: readonly Edit[]): string {
  const lines = edits.flatMap((one) => (one.action === 'append' ? [] : [one]));
  return lines
    .map((one, index) => {
      const again = lines[index - 1]?.file === one.file;
      return `${again ? `line ${one.line}` : spoken(one)} ("${withoutSecret(one.text)}")`;
    })
    .join(', ');
}

/** Inserts at one place, in their order, are one thing to do. */
function inserts(edits: readonly Edit[]): Edit[][] {
  const groups = new Map<string, Edit[]>();
  for (const one of edits) {
    if (one.action === 'remove' || one.action === 'replace') continue;
    const key = to(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function to(one: Edit): string {
  if (one.action === 'append') return `the end of ${one.file}`;
  return `${one.action === 'insert-before' ? 'above' : 'below'} ${spoken(one)}`;
}
