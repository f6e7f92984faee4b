import { posix } from 'node:path';
import type { ConfigurationFiles } from './files.ts';

/**
 * A name that is nobody's intention: a comment behind it, "=" before it, quotes around it, blanks or control
 * characters. To the broker all are part of the name. There may be such a file all the same: who can look, looks.
 */
export function isUnmeant(name: string): boolean {
  return name !== name.trim() || /^=|(^|\s)#|^["']|["']$|\p{Cc}/u.test(name);
}

/** The name without what is no part of it by intention; empty where nothing else is left. */
export function meantName(name: string): string {
  return name
    .replace(/(^|\s)#.*$/s, '')
    .replace(/^\s*=/, '')
    .trim()
    .replace(/^["']|["']$/g, '')
    .trim();
}

/** Whether a file is there, with links or without. */
export async function isThere(files: ConfigurationFiles, path: string): Promise<boolean> {
  if (files.isThere !== undefined) return files.isThere(path);
  const names = await files.list(posix.dirname(path));
  return names?.includes(posix.basename(path)) ?? false;
}
