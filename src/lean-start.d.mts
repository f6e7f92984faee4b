import type { Plugin } from 'esbuild';

/** The build's plugins for a quick start. */
export const leanStart: Plugin[];
