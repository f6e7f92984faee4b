import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says in the last lines how many tests this machine could not run, and how to run them; and which passed
 * only when they were tried again: each of those is a defect to be found, in the test or in the program.
 */
export default class LeftOut implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    sayStumbled(modules);
    const skipped = { hosts: 0, others: 0 };
    for (const module of modules) {
      const kind = /hosts/.test(module.moduleId) ? 'hosts' : 'others';
      skipped[kind] += [...module.children.allTests('skipped')].length;
    }
    if (skipped.hosts + skipped.others === 0) return;
    console.log(
      `\nLeft out on this machine: ${skipped.hosts} host tests, ${skipped.others} others.`,
    );
    console.log('Host tests boot real Debian brokers. To run them: as root on Debian, "npm test".');
  }
}

/** Of an error and of those that caused it, outermost first. */
function wordsOf({ message, cause }: { message: string; cause?: unknown }): string[] {
  const deeper = cause && typeof cause === 'object' && 'message' in cause;
  return [message, ...(deeper ? wordsOf(cause as { message: string; cause?: unknown }) : [])];
}

function sayStumbled(modules: readonly TestModule[]): void {
  for (const module of modules) {
    for (const test of module.children.allTests('passed')) {
      if (!test.diagnostic()?.flaky) continue;
      console.log(`\nPASSED ONLY AT THE SECOND TRY: ${module.relativeModuleId}: ${test.fullName}`);
      const { errors = [] } = test.result();
      for (const error of errors)
        console.log(`  the first time: ${wordsOf(error).join('\n  because: ')}`);
    }
  }
}
