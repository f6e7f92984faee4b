import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFacts, Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import type { Folder } from '../undo/bring.ts';
import { folderOf } from './authority.ts';
import { type Delivery, standing } from './delivery.ts';
import { brokerFiles } from './goal.ts';
import type { Setup } from './setup.ts';

/**
 * The broker's key, certificate and authority as one release: a folder that a symbolic link names,
 * so that the pair is switched by one rename. A reload between two files, such as logrotate's, would
 * otherwise find a certificate without its key, and every new connection would fail. Distribute brings the
 * folder; Harden switches the link, so that what is switched is proved or put back.
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

/** The same for the host that it is brought to. */
export const folderFor = ({ folder, staging, files }: Release): Folder => ({
  path: folder,
  staging,
  files: files.map(({ path, bytes, ownership }) => ({
    name: path.slice(folder.length + 1),
    bytes,
    ownership,
  })),
});

/** Both folders stand beside each other, as in Debian's package. */
const authorityLink = (certificates: string): string =>
  `../${certificates.slice(certificates.lastIndexOf('/') + 1)}/current/root_ca.crt`;

/** The releases of a host. */
export interface Releases {
  /** The one that the link names: what the broker finds at its next start or reload. */
  current: string | null;
  /** The number of the newest; 0 when there is none. */
  newest: number;
}

/**
 * Throws a Trouble where somebody else keeps something under the name of the link: it is not taken over.
 */
export async function releasesOn(host: Host, setup: Setup): Promise<Releases> {
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

/** The release to use: the newest there is, held against what it should be. */
export interface ReleaseStanding {
  release: Release;
  /** What is wrong with it in one sentence; null when all is right. */
  wrong: string | null;
  /** What is in its place, and the links that do not lead there yet. */
  releases: Releases;
  switches: Release['links'];
}

/** Looks at the newest release and at the links to it. */
export async function releaseStanding(host: Host, setup: Setup): Promise<ReleaseStanding> {
  const releases = await releasesOn(host, setup);
  const release = await releaseOf(setup, releaseName(Math.max(1, releases.newest)));
  const [files, links] = await Promise.all([
    releases.newest === 0 ? null : standing(host, release.files, true),
    host.stat(
      release.links.map((link) => link.path),
      { root: true },
    ),
  ]);
  const bad = files?.findIndex((one) => one !== 'right') ?? -1;
  const wrong =
    files === null
      ? 'Nothing there yet.'
      : bad >= 0
        ? `${release.files[bad]?.path}: ${words[files[bad] ?? 'missing']}.`
        : null;
  const switches = release.links.filter((link, index) => astray(link, links[index] ?? null));
  return { release, wrong, releases, switches };
}

const astray = ({ target, yields }: Release['links'][number], there: FileFacts | null): boolean =>
  there?.target !== target && !(yields && there && there.type !== 'symlink');

const words = {
  right: 'as it should be',
  missing: 'not there',
  'wrong-content': 'not what was issued',
  'wrong-mode': 'its owner or mode is not right',
};
