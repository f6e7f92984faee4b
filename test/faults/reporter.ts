import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { isDrawn } from '../support/drawn.ts';
import { full, rows } from './matrix.ts';
import { results, variable } from './results.ts';
import { missing } from './table.ts';

/** Fails a run of all the faults in which one of them was not met, whatever the tests say. */
export default class FaultsMet implements Reporter {
  #own: string | undefined;

  onInit(): void {
    if (process.env[variable]) return;
    this.#own = mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
    process.env[variable] = this.#own; // the workers have it from here
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const found = results(process.env[variable] ?? '');
    if (this.#own) rmSync(this.#own, { recursive: true, force: true });
    const of = new Map(modules.map((module) => [basename(module.moduleId), module]));
    const wanted = new Set(rows.map(({ test }) => test));
    // Somebody who runs a part of the tests, or can have no hosts, is not told of the rest.
    const whole = [...wanted].every((name) => {
      const module = of.get(name);
      return module ? [...module.children.allTests('skipped')].length === 0 : false;
    });
    const everything = modules.length > wanted.size;
    const lost =
      whole || everything
        ? missing(found, full).filter((name) => isDrawn(name.split(' ')[0] ?? ''))
        : [];
    const hosts = [...of.values()].some((module) => [...module.children.allTests('passed')].length);
    if (lost.length === 0 || !hosts || !(whole || process.env.LOCKSTEP_TEST_ALL === '1')) return;
    console.log(`\nFAULTS THAT WERE NOT MET:\n  ${lost.join('\n  ')}`);
    process.exitCode = 1;
  }
}
