import { clean } from '../../src/clean.ts';
import { type Advised, audit, type Edit } from '../../src/mosquitto/audit.ts';
import { filesIn, follow, letIn, newcomers, stepsTo, type Tree } from './following.ts';
import { main } from './reading.ts';

/** Everything that is wrong with the advice on one configuration, told by following it on a copy. */
export async function wrongWith(tree: Tree, version: string): Promise<string[]> {
  const all = await audit(filesIn(tree), main, version);
  const wrong: string[] = [];
  const start = await letIn(tree, version);
  for (const finding of all) {
    const { id, fix, edits } = finding;
    const say = (words: string) => wrong.push(`${id}: ${words} (${fix})`);
    if (edits === null) continue;
    const written = ({ action, text }: Edit) =>
      fix.includes(action === 'remove' ? `"${clean(text)}"` : `"${text}"`);
    if (!edits.every(written)) say('the words are not those of the edits');
    const fault = id.startsWith('does-not-load');
    const steps = stepsTo(finding, all);
    const copy = follow(tree, steps);
    const before = fault ? null : await letIn(follow(tree, stepsBefore(finding, all)), version);
    const after = await letIn(copy, version);
    if (start.loads && !after.loads) say('the broker does not start any more');
    const come = before?.loads ? newcomers(before.who, after.who) : [];
    const unnamed = come.filter((one) => one.endsWith('anonymous'));
    if (unnamed.length > 0 || (come.length > 0 && !fix.startsWith('To let clients in')))
      say(`lets in ${come.join('; ')}`);
    const again = await audit(filesIn(copy), main, version);
    const count = (these: readonly Advised[]) => these.filter((one) => one.id === id).length;
    if (fault) {
      const first = again.find((one) => one.id === 'does-not-load');
      if (first && stillThere(finding, first, follow(numbered(tree), steps)))
        say('the fault is still there');
    } else if (count(again) >= count(all)) say('the finding is still there');
  }
  return wrong;
}

const stepsBefore = (finding: Advised, all: readonly Advised[]) =>
  stepsTo(finding, all).slice(0, -(finding.edits?.length ?? 0) || undefined);

/** Each line's own number in place of its text, to see where it went. */
const numbered = (tree: Tree): Tree =>
  new Map(
    [...tree].map(([file, text]) => [
      file,
      text
        .split('\n')
        .map((line, index) => line && `${file} ${index + 1}`)
        .join('\n'),
    ]),
  );

/** Whether the first complaint after is the same about the same line. */
function stillThere(fault: Advised, first: Advised, after: Tree): boolean {
  const line = after.get(first.file)?.split('\n')[first.line - 1];
  const words = ({ message }: Advised) => message.replace(/^.*? It says: /, '');
  return words(first) === words(fault) && line === `${fault.file} ${fault.line}`;
}
