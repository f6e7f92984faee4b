import { describe, expect, test } from 'vitest';
import { clean } from '../../src/clean.ts';
import { type Advised, audit, type Edit } from '../../src/mosquitto/audit.ts';
import { isHere, trees } from './corpus-trees.ts';
import { filesIn, follow, letIn, newcomers, stepsTo, type Tree } from './following.ts';
import { main, versions } from './reading.ts';

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
      const faults = (these: readonly Advised[]) =>
        these.filter((one) => one.id.startsWith('does-not-load'));
      const left = faults(all).length - 1 - faults(all).indexOf(finding);
      if (faults(all).length < 20 && faults(again).length > left) say('the fault is still there');
    } else if (count(again) >= count(all)) say('the finding is still there');
  }
  return wrong;
}

const stepsBefore = (finding: Advised, all: readonly Advised[]) =>
  stepsTo(finding, all).slice(0, -(finding.edits?.length ?? 0) || undefined);

describe.skipIf(!isHere)('advice, followed on a copy (corpus beside the repository)', () => {
  test.each(versions)(
    'lets in nobody, and does what it says: %s',
    { timeout: 240_000 },
    async (version) => {
      const wrong: string[] = [];
      let followed = 0;
      for (const [name, tree] of trees()) {
        const found = await wrongWith(tree, version);
        followed += 1;
        wrong.push(...found.map((one) => `${name}: ${one}`));
      }
      expect(wrong).toEqual([]);
      expect(followed).toBeGreaterThan(400);
    },
  );
});
