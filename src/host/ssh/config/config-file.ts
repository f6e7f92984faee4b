import { givenFor, readGiven } from '../../../this-machine/given-file.ts';
import { glob } from '../host-key/known-hosts.ts';

/**
 * What a configuration file says for a host, in the form of `ssh -G`. Only for machines without an
 * ssh program: it knows `Host` blocks, and tells in `notes` that it left out `Match` and `Include`.
 * See ssh_config(5): the first value of a keyword counts, identity files add up.
 */
export async function readConfig(
  file: string,
  alias: string,
): Promise<{ text: string; notes: string[] }> {
  let source: string;
  try {
    source = (await readGiven(file, givenFor.sshConfiguration)).toString();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { text: '', notes: [] };
    throw error;
  }
  const notes: string[] = [];
  const lines: string[] = [];
  let applies = true;
  for (const raw of source.split('\n')) {
    const [, word = '', value = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(raw) ?? [];
    const keyword = word.toLowerCase();
    if (keyword === 'host') applies = applyTo(value, alias);
    else if (keyword === 'match') applies = false;
    else if (keyword !== '' && applies) lines.push(`${keyword} ${value}`);
    if (keyword === 'match' || keyword === 'include')
      notes.push(`There is no ssh program here, so \`${word}\` in ${file} was left out.`);
  }
  return { text: lines.join('\n'), notes: [...new Set(notes)] };
}

/** Capitals count, unlike in known_hosts. */
function applyTo(patterns: string, alias: string): boolean {
  const list = patterns.split(/\s+/);
  const hit = (pattern: string) => glob(pattern).test(alias);
  return (
    list.some((pattern) => !pattern.startsWith('!') && hit(pattern)) &&
    !list.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))
  );
}
