import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from '../machine.ts';
import { succeed } from '../program.ts';
import type { Room } from '../room-there.ts';
import type { Suite } from '../suites.ts';

/**
 * Fetches into `folder` the packages that turn a root folder with systemd into one with the SysV
 * init, using this machine's apt (its proxies and authorities) but the root folder's package list.
 */
export async function fetchSysvInit(
  suite: Suite,
  root: string,
  folder: string,
  from: Archive,
): Promise<void> {
  const work = `${folder}.work`;
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(work, name), { recursive: true });
  }
  await mkdir(folder);
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeFile(
    join(work, 'sources.list'),
    `deb [signed-by=${keyring}] ${from.mirror} ${suite} main\n`,
  );
  const settings = [
    `Dir::State::status=${join(root, 'var/lib/dpkg/status')}`,
    `Dir::State::extended_states=${join(work, 'extended_states')}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'Dir::Cache::archives=archives/',
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    'Dir::Etc::preferencesparts=-',
    'APT::Update::Post-Invoke-Success::=',
    'APT::Sandbox::User=root',
    'Debug::NoLocking=1',
  ];
  const apt = ['apt-get', '--quiet', '--yes', ...settings.flatMap((setting) => ['-o', setting])];
  await succeed([...apt, 'update'], { timeoutSeconds: 600 });
  const install = [...apt, 'install', '--download-only', '--no-install-recommends'];
  const away = ['systemd-sysv-', 'libpam-systemd-']; // the trailing dash: to be removed
  await succeed([...install, 'sysvinit-core', 'sysv-rc', ...away], { timeoutSeconds: 600 });
  const fetched = join(work, 'cache/archives');
  for (const name of await readdir(fetched)) {
    if (name.endsWith('.deb')) await rename(join(fetched, name), join(folder, name));
  }
  await rm(work, { recursive: true });
}

/** Puts the fetched packages in place of systemd as PID 1 of a host that is not yet booted. */
export async function installSysvInit(fetched: string, room: Room): Promise<void> {
  const debs = join(room.rootFromHere, 'root/sysv');
  await mkdir(debs);
  const names = await readdir(fetched);
  for (const name of names) await copyFile(join(fetched, name), join(debs, name));
  await writeFile(join(room.rootFromHere, 'etc/init.d/mosquitto-folders'), foldersScript, {
    mode: 0o755,
  });
  const script = `
    export DEBIAN_FRONTEND=noninteractive
    export DPKG_FORCE=unsafe-io,depends,remove-essential,remove-protected
    dpkg --purge libpam-systemd systemd-sysv
    dpkg --install "$@"
    update-rc.d mosquitto-folders defaults
    sed -i '${mendScript}' /etc/init.d/mosquitto
    sed -i '${mendConfiguration}' /etc/mosquitto/mosquitto.conf
    rm -r /root/sysv
  `;
  const paths = names.map((name) => join('/root/sysv', name));
  await succeed(room.inRoot(['sh', '-euc', script, 'sysv', ...paths]));
}

/*
 * Mosquitto's script in /etc/init.d does not work as Debian ships it. In bookworm nobody makes the
 * folder of the pid file, the script makes that file root's, where the broker wants to write it as
 * its own user, and it would refuse to stop by the broker's. In trixie and forky the configuration
 * names no pid file, so that `restart` reports success and leaves the old process. Here all of
 * them are mended, as who runs a broker in this way has to.
 */
const mendScript = 's/ --make-pidfile//; s/--pidfile [$]{PIDFILE}/--user mosquitto &/';
const mendConfiguration = 's/^#pid_file /pid_file /';

const foldersScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          mosquitto-folders
# Required-Start:    $remote_fs
# Required-Stop:
# X-Start-Before:    mosquitto
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: folders that the mosquitto service expects
### END INIT INFO
install -d -m 0740 -o mosquitto -g mosquitto /run/mosquitto /var/log/mosquitto
`;
