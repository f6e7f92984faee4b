import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { unitTyped } from '../service/unit.ts';

/** What a service finds at a path: what the machine has there, nothing, or something else. */
type Seen = 'same' | 'hidden' | 'other';

interface Mount {
  at: string;
  seen: Seen;
  /** The line of the unit that says so, as `systemctl show` prints it. */
  by: string;
}

/**
 * Why a service would not find what is put into one of these paths, from what its unit says of the file system it is
 * given (systemd.exec(5)); null where nothing stands in the way. A folder that it may only read is no hindrance.
 */
export function hiddenFrom(
  unit: string,
  properties: ReadonlyMap<string, string>,
  paths: readonly string[],
): Trouble | null {
  const mounts = mountsOf(properties);
  for (const path of paths) {
    const on = mounts
      .filter(({ at }) => at === '/' || path === at || path.startsWith(`${at}/`))
      .reduce((most, one) => (one.at.length >= most.at.length ? one : most), machine);
    if (on.seen !== 'same') return notSeen(unit, path, on);
  }
  return null;
}

const machine: Mount = { at: '', seen: 'same', by: '' };

/** In the order in which they cover each other where two have one place: what is bound comes last. */
function mountsOf(properties: ReadonlyMap<string, string>): Mount[] {
  const words = (name: string) => (properties.get(name) ?? '').split(' ').filter(Boolean);
  const line = (name: string, word: string) => `${name}=${word}`;
  const roots = ['RootDirectory', 'RootImage'].flatMap((name) =>
    words(name)
      .filter((word) => word !== '/')
      .map((word): Mount => ({ at: '/', seen: 'other', by: line(name, word) })),
  );
  const home = properties.get('ProtectHome') ?? '';
  const homes = /^(yes|true|1|on|tmpfs)$/.test(home)
    ? ['/home', '/root', '/run/user'].map(
        (at): Mount => ({ at, seen: 'hidden', by: line('ProtectHome', home) }),
      )
    : [];
  const hides = ['TemporaryFileSystem', 'InaccessiblePaths'].flatMap((name) =>
    words(name).map((word): Mount => {
      const [at = ''] = word.replace(/^[-+]+/, '').split(':');
      return { at: plain(at), seen: 'hidden', by: line(name, word) };
    }),
  );
  const bound = ['BindPaths', 'BindReadOnlyPaths'].flatMap((name) =>
    words(name).map((word): Mount => {
      const [from = '', at = from] = word.replace(/^[-+]+/, '').split(':');
      const seen = plain(from) === plain(at) ? 'same' : 'other';
      return { at: plain(at), seen, by: line(name, word) };
    }),
  );
  return [...roots, ...homes, ...hides, ...bound];
}

const plain = (path: string): string => path.replace(/(?<=.)\/+$/, '');

function notSeen(unit: string, path: string, { seen, by }: Mount): Trouble {
  const folder = clean(path, 200);
  const what = seen === 'hidden' ? `does not see ${folder}` : `sees something else as ${folder}`;
  const way = /^(TemporaryFileSystem|ProtectHome)=/.test(by)
    ? `Let it see that folder with "BindReadOnlyPaths=${folder}" under [Service]`
    : "Let it use the machine's own files: without that line";
  return new Trouble(`The service ${unitTyped(unit)} ${what}.`, {
    likely: `Its unit gives it a file system of its own (${clean(by, 120)}): the broker would not find what is put there.`,
    next: `${way} ("sudo systemctl edit ${unitTyped(unit)}"), restart it, then go on. Nothing was changed.`,
  });
}
