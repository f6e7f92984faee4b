import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { readNeeded } from '../../this-machine/files.ts';
import type { Folder } from '../../undo/change/bring.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { folderOf } from '../reach/targets.ts';
import type { Delivery } from './delivery.ts';
import { bothAuthorities } from './kept-authority.ts';
import { type FileLook, lookAtReleases, type ReleaseLook } from './release-look.ts';

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
  /** The one of them that is the broker's certificate. */
  certificate: Delivery;
  /**
   * The link that names it, and one where the article has the authority's certificate. That one is
   * for people: where somebody's own file stands there, it stays.
   */
  links: { path: string; target: string; yields: boolean }[];
}

/** What the broker needs, in the release folder of that name. */
export async function releaseOf(setup: Setup, name: string): Promise<Release> {
  const { layout } = setup.broker;
  const { folder: parent, names } = brokerFiles(setup);
  const folder = `${parent}/${name}`;
  const authority = folderOf(setup);
  const read = (file: string) => readNeeded(join(authority, file));
  const both = await bothAuthorities(setup);
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
  const certificate = await file(names.certificate, 0o644, root, "the broker's certificate");
  return {
    name,
    folder,
    certificate,
    staging: `${parent}/.staging-${name}`,
    files: [
      await file(names.key, 0o600, own, "the broker's key, readable by the broker alone"),
      certificate,
      await file(names.authority, 0o644, root, 'the authority that vouches for the clients'),
      ...(both === null
        ? []
        : [
            {
              path: `${folder}/${names.authorities}`,
              bytes: both,
              ownership: { mode: 0o644, ...root },
              what: 'both authorities that vouch for clients, ours and the one until now',
            },
          ]),
    ],
    links: linksTo(setup, name),
  };
}

function linksTo(setup: Setup, name: string): Release['links'] {
  const { layout } = setup.broker;
  const { names, current } = brokerFiles(setup);
  return [
    { path: current, target: name, yields: false },
    {
      path: `${layout.authorities}/${names.authority}`,
      target: authorityLink(layout.certificates),
      yields: true,
    },
  ];
}

/** The links that will be made for the first release, as far as nothing has their names. */
export async function firstLinks(host: Host, setup: Setup): Promise<Release['links']> {
  const links = linksTo(setup, releaseName(1));
  const there = await host.stat(
    links.map(({ path }) => path),
    { root: true },
  );
  return links.filter((_, index) => there[index] === null);
}

/** The same for the host that it is brought to. */
export const folderFor = ({ folder, staging, files }: Release): Folder => ({
  path: folder,
  staging,
  word: 'distribute',
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

/**
 * Looks at the newest release and at the links to it, in one round trip. Throws a Trouble where somebody
 * else keeps something under the name of the link: it is not taken over.
 */
export const releaseStanding = async (host: Host, setup: Setup): Promise<ReleaseStanding> =>
  standingOf(host, setup, await releasesThere(host, setup));

/** What is there of releases; throws only where that cannot be seen. */
export function releasesThere(host: Host, setup: Setup): Promise<ReleaseLook> {
  const { folder, current, names } = brokerFiles(setup);
  const people = `${setup.broker.layout.authorities}/${names.authority}`;
  const files = [names.key, names.certificate, names.authority];
  if (setup.answers.otherTls === 'keep') files.push(names.authorities);
  return lookAtReleases(host, folder, [current, people], files);
}

/** What was seen, held against what is ours, which has to be readable here. As `releaseStanding`. */
export async function standingOf(
  host: Host,
  setup: Setup,
  look: ReleaseLook,
): Promise<ReleaseStanding> {
  const { current } = brokerFiles(setup);
  const [link = null] = look.links;
  const target = link !== null && link !== 'other' ? link.target : null;
  if (link === 'other' || (target !== null && !/^release-\d{4}$/.test(target)))
    throw new Trouble(`${current} on ${host.name} is somebody else's.`, {
      likely: 'Another set-up keeps something under the name that Lockstep uses for its files.',
      next: 'Move it away if nothing needs it, then try again. Nothing was changed.',
    });
  setup.release = releaseName(look.newest + 1);
  const release = await releaseOf(setup, releaseName(Math.max(1, look.newest)));
  const wrong =
    look.newest === 0
      ? 'Nothing there yet.'
      : (release.files.map((file, index) => amiss(file, look.files[index] ?? null)).find(Boolean) ??
        null);
  if (wrong === null) setup.release = release.name;
  const switches = release.links.filter((one, index) => astray(one, look.links[index] ?? null));
  return { release, wrong, releases: { current: target, newest: look.newest }, switches };
}

const astray = (
  { target, yields }: Release['links'][number],
  there: ReleaseLook['links'][number],
): boolean => (there === 'other' ? !yields : there === null || there.target !== target);

/** What is wrong with a file of a release, in one sentence; null when nothing is. */
function amiss({ path, bytes, ownership }: Delivery, there: FileLook | null): string | null {
  if (there === null) return `${path}: not there.`;
  if (there.sha256 !== createHash('sha256').update(bytes).digest('hex'))
    return `${path}: not what was issued.`;
  const { mode, owner = there.owner, group = there.group } = ownership;
  const right = there.mode === mode && there.owner === owner && there.group === group;
  return right ? null : `${path}: its owner or mode is not right.`;
}
