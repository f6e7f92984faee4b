import type { Host } from '../host/host.ts';
import type { ConfigurationFiles } from './files.ts';

// One round trip for the whole tree: folders with their names, configuration files with their
// bytes. Keys and password files are not read: their names are enough.
const script = `
set -f
find -L "$1" -maxdepth 5 -type d 2>/dev/null | head -n 200 | while IFS= read -r folder; do
  printf 'D\\t%s\\t%s\\n' "$folder" "$(ls -A "$folder" | base64 -w 0)"
done
find -L "$1" -maxdepth 5 -type f -name '*.conf' -size -1024k 2>/dev/null | head -n 500 | while IFS= read -r file; do
  printf 'F\\t%s\\t%s\\n' "$file" "$(base64 -w 0 <"$file")"
done
`;

/**
 * A host's configuration files for the reader: the tree below `folder` is fetched at once, as root
 * (a configuration may be readable by root alone); what is included from elsewhere, when it is asked
 * for. What was read is kept, so that one look sees one state.
 */
export async function hostFiles(host: Host, folder: string): Promise<ConfigurationFiles> {
  const files = new Map<string, Buffer | null>();
  const folders = new Map<string, string[] | null>();
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep', folder], {
    root: true,
    doing: 'Reading the configuration',
    limit: 32 * 1024 * 1024,
  });
  for (const line of stdout.split('\n')) {
    const [kind, path = '', data = ''] = line.split('\t');
    const bytes = Buffer.from(data, 'base64');
    if (kind === 'F') files.set(path, bytes);
    if (kind === 'D') folders.set(path, bytes.toString().split('\n').filter(Boolean));
  }
  return {
    async read(path) {
      const known = files.get(path);
      if (known !== undefined) return known;
      const bytes = await host.read(path, { root: true });
      files.set(path, bytes);
      return bytes;
    },
    async list(path) {
      const plain = path.replace(/\/+$/, '') || '/';
      const known = folders.get(plain);
      if (known !== undefined) return known;
      const names = await host.list(plain, { root: true });
      folders.set(plain, names);
      return names;
    },
  };
}
