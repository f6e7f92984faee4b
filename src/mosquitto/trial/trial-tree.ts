import { posix } from 'node:path';
import type { ConfigurationFiles } from '../config/files/files.ts';
import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration, Directive } from '../config/model/configuration.ts';
import { knownPlugin } from '../config/model/known-plugins.ts';
import type { Memory, Plugin } from '../config/model/memory.ts';
import { startingListeners } from '../effective/listeners.ts';

/** A configuration rewritten so that it can be tried beside the live broker, in a folder of its own. */
export interface TrialTree {
  /** Path below the trial's folder, and bytes. The main file is `mosquitto.conf`. */
  files: Map<string, Buffer>;
  /** The unix socket of each listener, by port: names below the folder. */
  sockets: Map<number, string>;
  /** Where the copy of each configuration file is, below the folder. */
  places: Map<string, string>;
  /** The other files that it is given a copy of, as the configuration names them; below the folder. */
  copies: Map<string, string>;
  /** The plugins that it goes without. */
  without: Plugin[];
}

/** A link and the folder it is to lead to. */
export interface Switched {
  link: string;
  folder: string;
}

export interface TreeOptions {
  /** A link that does not lead there yet, taken as if it did. */
  switched?: Switched;
  /** Whom it is to run as is said apart from it, once that is known. */
  withoutUser?: boolean;
  /** Also plugins of which it is not known what they keep, and where. */
  tryPlugins?: boolean;
}

/** Options that name the files of a release. */
const ofRelease = new Set(['certfile', 'keyfile', 'cafile', 'crlfile']);

/** Options that would touch what belongs to the live broker or the network, or silence the trial. */
const left = new Set([
  ...['pid_file', 'persistence', 'retained_persistence', 'persistence_file'],
  ...['persistence_location', 'log_dest', 'log_facility', 'log_type', 'port', 'bind_address'],
  ...['bind_interface', 'socket_domain', 'http_dir', 'protocol'],
]);

/** Files that change while the broker runs: a copy is tried, and the live one is left alone. */
const copied = new Set(['password_file', 'acl_file', 'psk_file']);

/**
 * The same files, line by line, in a folder of their own: listeners on unix sockets in it, no pid
 * file, no database, no log file, no bridges. It logs what a broker logs that is told nothing about
 * it. Files and folders keep their order and their borders, because a listener's settings end with
 * its file. TLS files are the real ones, so that their owners and modes are tried too. What else a
 * broker reads or writes is a copy in the folder, but for a plugin's database, which begins empty; a
 * plugin that nothing is known of is left out.
 *
 * `folder` is where it will stand on the broker's host; its name must have no blank at either end.
 */
export async function trialTree(
  configuration: Configuration,
  files: ConfigurationFiles,
  folder: string,
  options: TreeOptions = {},
): Promise<TrialTree> {
  const tree: TrialTree = {
    files: new Map(),
    sockets: new Map(),
    places: placesOf(configuration),
    copies: new Map(),
    without: options.tryPlugins ? [] : unknownPlugins(configuration),
  };
  const rewriting = new Rewriting(configuration, folder, tree, options);
  for (const path of new Set(configuration.files)) {
    const written = Buffer.from((await files.read(path)) ?? [])
      .toString('latin1')
      .split('\n');
    // Only what was read: a NUL byte or an error ends reading, and what is behind it was not rewritten.
    const lines = written.map(() => '');
    for (const directive of configuration.directives)
      if (directive.file === path) {
        const [text = ''] = (written[directive.line - 1] ?? '').split('\0');
        lines[directive.line - 1] = rewriting.line(directive, text);
      }
    tree.files.set(tree.places.get(path) ?? mainFile, Buffer.from(lines.join('\n'), 'latin1'));
  }
  // At the end, so that the broker's complaints name the right lines.
  const last = ['', ...rewriting.last()].join('\n');
  const main = tree.files.get(mainFile) ?? Buffer.alloc(0);
  tree.files.set(mainFile, Buffer.concat([main, Buffer.from(last, 'latin1')]));
  return tree;
}

/** The plugins of a configuration of which it is not known what they keep, or that keep it elsewhere. */
export function unknownPlugins({ directives }: Pick<Configuration, 'directives'>): Plugin[] {
  const plugins = new Set(directives.flatMap(({ plugin }) => plugin ?? []));
  return [...plugins].filter(({ path }) => (knownPlugin(path)?.state ?? 'outside') === 'outside');
}

const mainFile = 'mosquitto.conf';

/**
 * Where each file goes: the main file on top, each included folder as `include-N`, its files numbered
 * in the order in which they were read: a name may hold anything.
 */
function placesOf({ files, mainPath }: Configuration): Map<string, string> {
  const folders: string[] = [];
  return new Map(
    files.map((path, index): [string, string] => {
      if (path === mainPath) return [path, mainFile];
      const folder = folderOf(path);
      if (!folders.includes(folder)) folders.push(folder);
      const name = `${String(index).padStart(4, '0')}.conf`;
      return [path, `include-${folders.indexOf(folder)}/${name}`];
    }),
  );
}

const folderOf = (path: string): string => posix.normalize(posix.dirname(path));

class Rewriting {
  private readonly folder: string;
  private readonly tree: TrialTree;
  private readonly options: TreeOptions;
  private readonly memory: Memory;
  /** The lines of the default listener, which has no line of its own to become a socket. */
  private readonly ofDefault: string[] = [];
  private readonly pluginsOfDefault = new Set<Plugin>();
  private opened = 0;
  private readonly starting: ReturnType<typeof startingListeners>;

  constructor(
    { memory, version }: Configuration,
    folder: string,
    tree: TrialTree,
    options: TreeOptions,
  ) {
    this.memory = memory;
    this.starting = startingListeners(memory, behaviourOf(version));
    this.folder = folder;
    this.tree = tree;
    this.options = options;
  }

  /** What stands in the place of a line. */
  line(directive: Directive, line: string): string {
    const instead = this.instead(directive, line);
    if (!this.isOfDefault(directive)) return instead;
    this.ofDefault.push(instead);
    return `# ${directive.option}`;
  }

  private isOfDefault({ option, listener, plugin, scope, lost }: Directive): boolean {
    if (plugin && /_opt_|_chars$/.test(option)) return this.pluginsOfDefault.has(plugin);
    const isSecurity = scope === 'security' && this.memory.perListener !== null;
    if (!listener?.isDefault || lost || !(scope === 'listener' || isSecurity)) return false;
    if (plugin && ofPlugins.test(option)) this.pluginsOfDefault.add(plugin);
    return true;
  }

  /** What comes after all others: what the broker would open by itself, and what the trial needs. */
  last(): string[] {
    const lines = ['log_dest stderr', 'persistence false'];
    // SQLite persistence takes this before its own option.
    lines.push(`persistence_location ${this.folder}/copies`);
    const unwritten = this.starting.find((one) => one.isDefault || one.at === null);
    if (unwritten) lines.push(this.socket(unwritten.port));
    if (unwritten?.isDefault) lines.push(...this.ofDefault);
    return [...lines, ''];
  }

  private instead(directive: Directive, line: string): string {
    const { option, value, scope, plugin } = directive;
    const nothing = `# ${option}`;
    if (scope === 'bridge' || option === 'connection' || left.has(option)) return nothing;
    if (option === 'user' && this.options.withoutUser) return nothing;
    if (option === 'include_dir') return this.include(directive) ?? nothing;
    // As the broker read it: 2.0 takes `1883x` for 1883.
    if (option === 'listener') return this.socket(directive.listener?.port ?? 0);
    if (copied.has(option)) return `${option} ${this.copy(value)}`;
    if (plugin && ofPlugins.test(option)) {
      if (this.tree.without.includes(plugin)) return nothing;
      return this.pluginOption(plugin, directive) ?? line;
    }
    const { switched } = this.options;
    return switched && ofRelease.has(option)
      ? line.replace(`${switched.link}/`, `${switched.folder}/`)
      : line;
  }

  private include({ folder }: Directive): string | null {
    const inside = [...this.tree.places].find(
      ([path, place]) => place !== mainFile && folderOf(path) === folder,
    );
    // A folder without files for the broker says nothing.
    return inside ? `include_dir ${this.folder}/${posix.dirname(inside[1])}` : null;
  }

  private socket(port: number): string {
    const name = `sockets/${port}-${this.opened++}`;
    this.tree.sockets.set(port, name);
    return `listener 0 ${this.folder}/${name}`;
  }

  private pluginOption({ path }: Plugin, { option, raw }: Directive): string | null {
    const key = option.replace(/^(auth|plugin)_opt_/, '').toLowerCase();
    const known = knownPlugin(path);
    if (key === option || !known?.fileOptions.includes(key)) return null;
    // A new one; the plugin makes it.
    if (known.isDatabase) return `${option} ${this.folder}/copies/${key}`;
    const value = raw.slice(raw.indexOf(option) + option.length).replace(/^[ \t]+/, '');
    return `${option} ${this.copy(value)}`;
  }

  private copy(path: string): string {
    const { copies } = this.tree;
    const place = copies.get(path) ?? `copies/${copies.size}.file`;
    copies.set(path, place);
    return `${this.folder}/${place}`;
  }
}

const ofPlugins =
  /^(plugin|auth_plugin|global_plugin|plugin_load|plugin_use|auth_plugin_deny_special_chars|(auth|plugin)_opt_.*)$/;
