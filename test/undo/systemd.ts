import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Where the scripts write their unit, and tools that do as systemd's do when all goes well. With systemd itself:
// test/end-to-end and test/faults.

/** Where a script finds what is in `units`. */
export const unitsThere = '/etc/systemd/system';

const tool = `#!/bin/sh
asked=\${0%/*}/asked
printf '%s\\n' "\${0##*/} $*" >>"$asked"
case $* in
  'is-active --quiet '*) grep -q -- " --unit=$3 " "$asked" ;;
  'show '*) echo Type=notify ;;
esac
`;

/** Mounts of its own (mount_namespaces(7)), so that only what is started so sees them. */
const apart = `
mount --bind "$1/units" ${unitsThere}
PATH=$1/bin:$PATH
shift
exec "$@"
`;

/**
 * Makes `units` and `bin` in a folder, and gives what makes of a command one that sees them: `units` as systemd's folder
 * of units, and the tools in `bin`, which write down in `bin/asked` what is asked of them. Needs root.
 */
export async function withSystemd(folder: string): Promise<(argv: readonly string[]) => string[]> {
  for (const one of ['units', 'bin']) await mkdir(join(folder, one));
  await writeFile(join(folder, 'bin/systemctl'), tool, { mode: 0o755 });
  await symlink('systemctl', join(folder, 'bin/systemd-run'));
  return (argv) => ['unshare', '--mount', 'sh', '-euc', apart, 'apart', folder, ...argv];
}
