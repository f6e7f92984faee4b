import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Where the scripts write what is started at a boot, and tools that do as those of systemd and of SysV init do when all
// goes well. With those themselves: test/end-to-end and test/faults.

/** How a service is told, see `controlKind`. */
export type Kind = 'none' | 'systemd' | 'sysv';

/** Folders, and where a script finds what is in them. */
export const initFolders: Record<Kind, Record<string, string>> = {
  none: {},
  systemd: { units: '/etc/systemd/system' },
  sysv: { 'init.d': '/etc/init.d', 'rc2.d': '/etc/rc2.d' },
};

/** The kinds that can be met here: those folders are other ones for root alone. */
export const kinds = (['none', 'systemd', 'sysv'] as const).filter(
  (kind) =>
    kind === 'none' ||
    (process.getuid?.() === 0 && Object.values(initFolders[kind]).every((one) => existsSync(one))),
);

/** Each writes down what is asked of it. */
const tool = (does: string) => `#!/bin/sh
asked=\${0%/*}/asked
printf '%s\\n' "\${0##*/} $*" >>"$asked"
${does}
`;

const tools: Record<Kind, Record<string, string>> = {
  none: {},
  systemd: {
    systemctl: `case $* in
  'is-active --quiet '*) grep -q -- " --unit=$3 " "$asked" ;;
  'show '*) echo Type=notify ;;
esac`,
    'systemd-run': '',
  },
  sysv: {
    service: '',
    // Of Debian's init-system-helpers; its numbers are of no account here.
    'update-rc.d': `case $2 in
  defaults) ln -sfn "../init.d/$1" "/etc/rc2.d/S01$1" ;;
  remove) [ -e "/etc/init.d/$1" ] || rm -f "/etc/rc2.d/S01$1" ;;
esac`,
    // Whoever would wait is there for a moment, for whoever looks whether he is.
    setsid: 'if [ "$1" = sh ]; then set -- sleep 2; fi\nexec /usr/bin/setsid "$@"',
    // A broker that runs and listens: process 1, which is always there.
    pgrep: 'echo 1',
    ss: 'echo pid=1,',
  },
};

/** Mounts of its own (mount_namespaces(7)), so that only what is started so sees them. */
const apart = `
folder=$1
shift
while [ "$1" != -- ]; do
  mount --bind "$folder/$1" "$2"
  shift 2
done
shift
PATH=$folder/bin:$PATH
exec "$@"
`;

/**
 * Makes those folders, and tools in `bin`, in a folder; gives what makes of a command one that sees them: the tools
 * write down in `bin/asked` what is asked of them.
 */
export async function withInit(
  folder: string,
  kind: Kind,
): Promise<(argv: readonly string[]) => string[]> {
  if (kind === 'none') return (argv) => [...argv];
  for (const one of ['bin', ...Object.keys(initFolders[kind])]) await mkdir(join(folder, one));
  for (const [name, does] of Object.entries(tools[kind]))
    await writeFile(join(folder, 'bin', name), tool(does), { mode: 0o755 });
  const mounts = Object.entries(initFolders[kind]).flat();
  const command = ['unshare', '--mount', 'sh', '-euc', apart, 'apart', folder, ...mounts, '--'];
  return (argv) => [...command, ...argv];
}
