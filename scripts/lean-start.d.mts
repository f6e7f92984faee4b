import type { Plugin } from 'esbuild';

/** The build's plugins for a quick start. */
export const leanStart: Plugin[];

/** Parts of paths, without their ends, of modules that take texts apart. */
export const segmenterUsers: string[];
