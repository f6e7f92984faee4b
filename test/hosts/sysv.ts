import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from './machine.ts';
import { succeed } from './program.ts';
import type { Suite } from './suites.ts';

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
