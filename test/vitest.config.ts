import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

export default defineConfig({
  define: { LOCKSTEP_VERSION: '"test"' },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/prepare.ts'],
    setupFiles: process.env.LOCKSTEP_TEST_SEED ? ['test/seed.ts'] : [],
    reporters: ['default', 'test/left-out.ts', 'test/faults/reporter.ts'],
    sequence: { sequencer: LongestFirst },
    // Two cores; broker hosts and terminals wait more than they work.
    maxWorkers: 3,
    // Of each of them: tests of faults mostly wait for a host.
    maxConcurrency: 2,
    // A landing does not hang on one stumble of a loaded machine, but each is named at the end.
    retry: Number(process.env.LOCKSTEP_TEST_RETRY ?? 0),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
