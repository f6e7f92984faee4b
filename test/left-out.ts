import type { Reporter, TestModule } from 'vitest/node';

/** Says in the last lines how many tests this machine could not run, and how to run them. */
export default class LeftOut implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
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
