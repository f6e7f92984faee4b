import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes, in the order in which it is begun; those that keep both cores busy are not neighbours. */
const longest = [
  ...[
    'stopped.hosts',
    'nobody-new.hosts',
    'corpus.hosts',
    'cut.hosts',
    'generated.hosts',
    'knocking.hosts',
  ],
  ...['access.hosts', 'killed.hosts', 'trial.hosts', 'resume', 'guided.hosts', 'armed.hosts'],
  ...['session', 'as-it-runs.hosts', 'limits.hosts', 'not-started.hosts'],
];

/** What is long is begun first: begun last, it would keep everybody waiting for one worker. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const name = basename(moduleId).replace(/\.test\.tsx?$/, '');
      const index = longest.indexOf(name);
      return index >= 0 ? index : longest.length + (name.endsWith('.hosts') ? 0 : 1);
    };
    return usual.toSorted((one, other) => place(one) - place(other));
  }
}
