import type { Host } from '../../host/api/host.ts';
import { noAnswer } from '../../host/programs/failures.ts';
import { scriptCommand } from '../../host-scripts/script.ts';

/** What is there of our releases on a host, seen in one round trip. */
export interface ReleaseLook {
  /** The number of the newest; 0 when there is none. */
  newest: number;
  /** For each link: where it leads, `other` for what is no link, null for nothing. */
  links: ({ target: string } | 'other' | null)[];
  /** For each file of the newest release; null where there is no such file. */
  files: (FileLook | null)[];
}

export interface FileLook {
  /** Permission bits. */
  mode: number;
  owner: string;
  group: string;
  sha256: string;
}

/** Looks at the links, and at the files of these names in the newest release below `folder`. */
export async function lookAtReleases(
  host: Host,
  folder: string,
  links: readonly string[],
  names: readonly string[],
): Promise<ReleaseLook> {
  const { stdout } = await host.run(
    scriptCommand('mosquitto/releases', folder, String(links.length), ...links, ...names),
    { root: true, doing: 'Looking at the releases', look: true },
  );
  const [newest = '', ...records] = stdout.split('\0').slice(0, -1);
  if (records.length !== links.length + names.length) throw noAnswer(host.name);
  const ofLinks = records.slice(0, links.length);
  const ofFiles = records.slice(links.length, links.length + names.length);
  return {
    newest: Number(/^release-(\d{4})$/.exec(newest)?.[1] ?? 0),
    links: ofLinks.map((record) =>
      record === 'none'
        ? null
        : record.startsWith('link ')
          ? { target: record.slice('link '.length) }
          : 'other',
    ),
    files: ofFiles.map((record): FileLook | null => {
      const [mode = '', owner = '', group = '', sha256 = ''] = record.split(' ');
      return sha256 ? { mode: Number.parseInt(mode, 8), owner, group, sha256 } : null;
    }),
  };
}
