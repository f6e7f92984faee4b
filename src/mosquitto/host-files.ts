import { posix } from 'node:path';
import { clean } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import type { Layout } from './broker.ts';
import type { ConfigurationFiles } from './files.ts';
import { FolderNames } from './folder-names.ts';
import { seenFrom } from './working-folder.ts';

// One round trip for the whole tree: folders with their names, configuration files with their
// bytes, and where the folder and links to folders in it really lead. Keys and password files are not
// read: their names are enough. Links are not followed: one could lead anywhere; what the configuration
// really includes by way of one is read when it is asked for. Every name is encoded, for the broker's own
// user may have given it a tab or a line end.
export const script = `
find -H "$1" -maxdepth 5 -type d -exec sh -c '
for folder do
  printf "D\\t%s\\t" "$(printf %s "$folder" | base64 | tr -d "\\n")"
  (cd -- "$folder" && for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf "%s\\0" "$name"; fi
  done) | base64 | tr -d "\\n"
  echo
done' lockstep {} + 2>/dev/null | head -n 200
find -H "$1" -maxdepth 5 -type f -name '*.conf' -size -1024k -exec sh -c '
for file do
  printf "F\\t%s\\t" "$(printf %s "$file" | base64 | tr -d "\\n")"
  base64 <"$file" | tr -d "\\n"
  echo
done' lockstep {} + 2>/dev/null | head -n 500
for folder in "$1" "$1"/*; do
  [ "$folder" = "$1" ] || [ -L "$folder" ] || continue
  real=$(cd -P -- "$folder" 2>/dev/null && pwd -P) || continue
  printf "R\\t%s\\t" "$(printf %s "$folder" | base64 | tr -d "\\n")"
  printf %s "$real" | base64 | tr -d "\\n"
  echo
done
`;

/** The whole of it, encoded. */
const mostBytes = 32 * 1024 * 1024;

/**
 * A host's configuration files for the reader: the tree below `folder` is fetched at once, as root
 * (a configuration may be readable by root alone); what is included from elsewhere, when it is asked
 * for. What was read is kept, so that one look sees one state. The folder of `access`, and what is in
 * `folder`, are called so, by whatever way a configuration gets there.
 */
export async function hostFiles(
  host: Host,
  { folder, access, cwd }: Pick<Layout, 'folder' | 'access' | 'cwd'>,
): Promise<ConfigurationFiles> {
  const files = new Map<string, Buffer | null>();
  const folders = new Map<string, string[] | null>();
  const leads = new Map<string, string>();
  const { stdout, truncated } = await host.run(['sh', '-c', script, 'lockstep', folder], {
    root: true,
    doing: 'Reading the configuration',
    limit: mostBytes,
  });
  if (truncated) throw tooLarge(host.name, folder);
  for (const line of stdout.split('\n')) {
    const [kind, name = '', data = ''] = line.split('\t');
    const path = Buffer.from(name, 'base64').toString();
    const bytes = Buffer.from(data, 'base64');
    if (kind === 'F') files.set(path, bytes);
    if (kind === 'D') folders.set(path, bytes.toString().split('\0').filter(Boolean));
    if (kind === 'R') leads.set(path, bytes.toString());
  }
  const names = new FolderNames(host, [posix.dirname(access), folder], leads);
  const at = (path: string) => seenFrom(cwd, path);
  return {
    nameOf: (path) => names.of(at(path), folders.has(at(path))),
    async read(given) {
      const path = at(given);
      const known = files.get(path);
      if (known !== undefined) return known;
      const bytes = folders.get(path) ? null : await host.read(path, { root: true });
      files.set(path, bytes);
      return bytes;
    },
    async list(given) {
      const path = at(given);
      const known = folders.get(path);
      if (known !== undefined) return known;
      const names = await host.list(path, { root: true });
      folders.set(path, names);
      return names;
    },
  };
}

function tooLarge(name: string, folder: string): Trouble {
  return new Trouble(`The configuration on ${clean(name, 80)} is too large to be read.`, {
    likely: `Something that is no configuration is in ${clean(folder)}, or that machine is not to be trusted.`,
    next: `Look at what is there: du -a ${clean(folder)} | sort -n | tail`,
  });
}
