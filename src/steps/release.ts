import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanLines } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import { folderOf } from './authority.ts';
import { type Delivery, deliver, standing } from './delivery.ts';
import { brokerFiles } from './goal.ts';
import type { Setup } from './setup.ts';

/**
 * The broker's key, certificate and authority as one release: a folder that a symbolic link names,
 * so that the pair is switched by one rename. A reload between two files, such as logrotate's, would
 * otherwise find a certificate without its key, and every new connection would fail.
 */
export interface Release {
  /** `release-0001`. */
  name: string;
  folder: string;
  /** Where it is made ready, for root alone. */
  staging: string;
  files: Delivery[];
  /**
   * The link that names it, and one where the article has the authority's certificate. That one is
   * for people: where somebody's own file stands there, it stays.
   */
  links: { path: string; target: string; yields: boolean }[];
}

/** What the broker needs, in the release folder of that name. */
export async function releaseOf(setup: Setup, name: string): Promise<Release> {
  const { layout } = setup.broker;
  const { folder: parent, names, current } = brokerFiles(setup);
  const folder = `${parent}/${name}`;
  const authority = folderOf(setup);
  const read = (file: string) => readFile(join(authority, file));
  const root = layout.keyOwner ? { owner: 'root', group: 'root' } : {};
  const own = layout.keyOwner ?? {};
  const file = async (
    file: string,
    mode: number,
    owner: object,
    what: string,
  ): Promise<Delivery> => ({
    path: `${folder}/${file}`,
    bytes: await read(file),
    ownership: { mode, ...owner },
    what,
  });
  return {
    name,
    folder,
    staging: `${parent}/.staging-${name}`,
    files: [
      await file(names.key, 0o600, own, "the broker's key, readable by the broker alone"),
      await file(names.certificate, 0o644, root, "the broker's certificate"),
      await file(names.authority, 0o644, root, 'the authority that vouches for the clients'),
    ],
    links: [
      { path: current, target: name, yields: false },
      {
        path: `${layout.authorities}/${names.authority}`,
        target: authorityLink(layout.certificates),
        yields: true,
      },
    ],
  };
}

/** Both folders stand beside each other, as in Debian's package. */
const authorityLink = (certificates: string): string =>
  `../${certificates.slice(certificates.lastIndexOf('/') + 1)}/current/root_ca.crt`;

/**
 * The release in use and the number of the newest there is. Throws a Trouble where somebody else
 * keeps something under the name of the link: it is not taken over.
 */
export async function releasesOn(
  host: Host,
  setup: Setup,
): Promise<{ current: string | null; newest: number }> {
  const { folder, current } = brokerFiles(setup);
  const [names, [link]] = await Promise.all([
    host.list(folder, { root: true }),
    host.stat([current], { root: true }),
  ]);
  const ours = link?.type === 'symlink' && /^release-\d{4}$/.test(link.target ?? '');
  if (link && !ours)
    throw new Trouble(`${current} on ${host.name} is somebody else's.`, {
      likely: 'Another set-up keeps something under the name that Lockstep uses for its files.',
      next: 'Move it away if nothing needs it, then try again. Nothing was changed.',
    });
  const numbers = (names ?? [])
    .flatMap((name) => /^release-(\d{4})$/.exec(name)?.[1] ?? [])
    .map(Number);
  return {
    current: link?.target ?? null,
    newest: Math.max(0, ...numbers),
  };
}

export const releaseName = (number: number): string => `release-${String(number).padStart(4, '0')}`;

/** Whether the release in use is what it should be, and both links lead to it. */
export async function releaseStanding(host: Host, release: Release): Promise<string | null> {
  const links = await host.stat(
    release.links.map((link) => link.path),
    { root: true },
  );
  const files = await standing(host, release.files, true);
  const bad = files.findIndex((one) => one !== 'right');
  if (bad >= 0) return `${release.files[bad]?.path}: ${words[files[bad] ?? 'missing']}.`;
  const link = release.links.find((one, index) => {
    const there = links[index];
    return there?.target !== one.target && !(one.yields && there && there.type !== 'symlink');
  });
  return link ? `${link.path} does not lead to ${link.target}.` : null;
}

const words = {
  right: 'as it should be',
  missing: 'not there',
  'wrong-content': 'not what was issued',
  'wrong-mode': 'its owner or mode is not right',
};

/** Puts a release into place: written where only root can look, then named, then switched to. */
export async function install(host: Host, release: Release): Promise<void> {
  const { staging } = release;
  await script(host, stageScript, [staging]);
  const staged = release.files.map((file) => ({
    ...file,
    path: file.path.replace(release.folder, staging),
  }));
  await deliver(host, staged, true);
  await script(host, switchScript, [
    staging,
    release.folder,
    ...release.links.flatMap(({ path, target, yields }) => [
      path,
      target,
      yields ? 'yields' : 'takes',
    ]),
  ]);
}

// Without -p: what somebody has planted under the name in the meantime stops it.
const stageScript = `
mkdir -p -- "\${1%/*}" && rm -rf -- "$1" && mkdir -m 0700 -- "$1"
`;

// The folder gets its name only when all is in it; each link is replaced by one rename.
const switchScript = `
set -eu
staging=$1 folder=$2
shift 2
(cd -P -- "$staging" && [ "$(stat -c %u .)" = "$(id -u)" ] && chmod 0755 .)
sync -f "$staging" 2>/dev/null || sync
mv -T "$staging" "$folder"
while [ $# -gt 0 ]; do
  mkdir -p -- "\${1%/*}"
  if [ "$3" = takes ] || [ -L "$1" ] || [ ! -e "$1" ]; then
    ln -sfn -- "$2" "$1.lockstep-new"
    mv -fT -- "$1.lockstep-new" "$1"
  fi
  shift 3
done
`;

async function script(host: Host, text: string, args: string[]): Promise<void> {
  const result = await host.run(['sh', '-c', text, 'lockstep', ...args], { root: true });
  if (result.code === 0) return;
  throw new Trouble(`The broker's files could not be put into place on ${host.name}.`, {
    likely: /No space left/.test(result.stderr)
      ? 'The disk there is full.'
      : /Read-only/.test(result.stderr)
        ? 'The file system there is mounted read-only.'
        : 'The words of the machine are below.',
    next: 'Put that right and try again; the broker still uses what it used before.',
    detail: cleanLines(result.stderr, 5).join('\n'),
  });
}
