import { posix } from 'node:path';
import type { ConfigurationFiles } from './files.ts';
import type { Configuration, Directive } from './read.ts';

/** A configuration rewritten so that it can be tried beside the live broker, in a folder of its own. */
export interface ShadowTree {
  /** Path below the shadow's folder, and bytes. The main file is `mosquitto.conf`. */
  files: Map<string, Buffer>;
  /** The unix socket of each listener, by port: names below the folder. */
  sockets: Map<number, string>;
  /** Where the copy of each real file is, below the folder. */
  places: Map<string, string>;
}

/** A link and the folder it is to lead to. */
export interface Switched {
  link: string;
  folder: string;
}

/** Options that name the files of a release. */
const ofRelease = new Set(['certfile', 'keyfile', 'cafile', 'crlfile']);

/** Options that would touch what belongs to the live broker or the network, or silence the shadow. */
const left = new Set([
  'pid_file',
  'persistence',
  'persistence_file',
  'persistence_location',
  'log_dest',
  'log_facility',
  'log_file',
  'log_type',
  'port',
  'bind_address',
  'bind_interface',
  'socket_domain',
  'http_dir',
  'protocol',
]);

/**
 * The same files, line by line, in a folder of their own: listeners on unix sockets in it, no pid
 * file, no database, no log file, no bridges. It logs what a broker logs that is told nothing about
 * it. Files and folders keep their order and their borders, because a listener's settings end with
 * its file. TLS files, password files and plugins are the
 * real ones, so that their owners and modes are tried too.
 *
 * `folder` is where it will stand on the broker's host; its name must have no blank at either end.
 * `switched`: a link that does not lead there yet, taken as if it did.
 */
export async function shadowTree(
  configuration: Configuration,
  files: ConfigurationFiles,
  folder: string,
  switched?: Switched,
): Promise<ShadowTree> {
  const places = placesOf(configuration);
  const tree: ShadowTree = { files: new Map(), sockets: new Map(), places };
  for (const path of configuration.files) {
    const bytes = await files.read(path);
    const text = Buffer.from(bytes ?? []).toString('latin1');
    const lines = text.split('\n');
    for (const directive of configuration.directives)
      if (directive.file === path) {
        const index = directive.line - 1;
        const line = rewritten(directive, lines[index] ?? '', folder, places, tree.sockets);
        lines[index] =
          switched && ofRelease.has(directive.option)
            ? line.replace(`${switched.link}/`, `${switched.folder}/`)
            : line;
      }
    const isMain = path === configuration.mainPath;
    // At the end, so that the broker's complaints name the right lines.
    if (isMain) lines.push('log_dest stderr', 'persistence false');
    tree.files.set(places.get(path) ?? 'mosquitto.conf', Buffer.from(lines.join('\n'), 'latin1'));
  }
  return tree;
}

/** Where each file goes: the main file on top, each included folder as `include-N`. */
function placesOf({ files, mainPath }: Configuration): Map<string, string> {
  const folders: string[] = [];
  return new Map(
    files.map((path): [string, string] => {
      if (path === mainPath) return [path, 'mosquitto.conf'];
      const folder = posix.dirname(path);
      if (!folders.includes(folder)) folders.push(folder);
      return [path, `include-${folders.indexOf(folder)}/${posix.basename(path)}`];
    }),
  );
}

function rewritten(
  directive: Directive,
  line: string,
  folder: string,
  places: Map<string, string>,
  sockets: Map<number, string>,
): string {
  const { option, value, scope } = directive;
  if (scope === 'bridge' || option === 'connection' || left.has(option)) return `# ${option}`;
  if (option === 'include_dir') {
    const inside = [...places].find(([path]) => posix.dirname(path) === directive.folder);
    // A folder without files for the broker says nothing.
    return inside ? `include_dir ${folder}/${posix.dirname(inside[1])}` : '# include_dir';
  }
  if (option !== 'listener') return line;
  const port = Number(value.split(/ +/)[0]);
  const name = `sockets/${port}-${sockets.size}`;
  sockets.set(port, name);
  return `listener 0 ${folder}/${name}`;
}
