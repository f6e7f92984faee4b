import type { ConfigurationFiles } from '../config/files/files.ts';
import { isThere } from '../config/files/files.ts';
import { isUnmeant } from '../config/files/unmeant-names.ts';
import type { Behaviour } from '../config/model/behaviour.ts';
import type { Configuration, Directive } from '../config/model/configuration.ts';
import type { ConfiguredListener, Setting, Settings } from '../config/model/memory.ts';
import { openListeners, startingListeners } from './listeners.ts';
import type { StartError } from './open-listener.ts';
import { protocolOf } from './sockets.ts';

// Files that a configuration names are taken to exist. One is not: the name that nobody means, as with a
// comment behind it, which the broker takes for part of the name. What it does then was seen on 2.0.11,
// 2.0.21 and 2.1.2: it does not start where it reads the file at its start.

/** A setting whose file the broker opens when it starts, and its words where there is none. */
interface Opened extends Pick<Setting, 'place'> {
  name: string;
  words: string;
}

/** More names of this kind than anybody has; each may cost a look. */
const mostLooks = 20;

/**
 * Of the names that nobody means those that are there all the same. Below a folder of such a name that is there
 * (somebody's home) any file is taken to exist, as everywhere: it may be about to be made.
 */
export async function unmeantButThere(
  files: ConfigurationFiles,
  directives: readonly Directive[],
): Promise<string[]> {
  const named = directives.filter(({ option }) => /file$|plugin|^http_dir$/.test(option));
  const odd = [...new Set(named.map(fileNamed).filter(isUnmeant))].slice(0, mostLooks);
  const there = await Promise.all(odd.map((path) => isThere(files, oddPart(path))));
  return odd.filter((_, index) => there[index]);
}

/** The first of the folders of a path, or the file, that has such a name. */
function oddPart(path: string): string {
  const parts = path.split('/');
  const until = parts.findIndex((_, index) => isUnmeant(parts.slice(0, index + 1).join('/')));
  return parts.slice(0, until + 1).join('/');
}

/** The file that a line names, as the broker takes it: 2.1 leaves even a blank at the end of a plugin's. */
export function fileNamed({ raw, option, value }: Directive): string {
  if (!/^(auth_|global_)?plugin$|^plugin_load$/.test(option)) return value;
  const rest = raw.replace(/^ */, '').slice(option.length + 1);
  return option === 'plugin_load' ? rest.replace(/^ *[^ ]+ ?/, '') : rest;
}

/** The broker's complaint about a file that nobody has, where that is what keeps it from starting. */
export function missingFile(configuration: Configuration, behaviour: Behaviour): StartError | null {
  const { memory, there } = configuration;
  const isMissing = ({ name }: Opened) => isUnmeant(name) && !there.includes(name);
  const early = atStart(configuration, behaviour).find(isMissing);
  if (early) return { error: early.words, place: early.place };
  const all = startingListeners(memory, behaviour);
  const missing = all.map((one) => filesOf(one, behaviour).find(isMissing));
  const first = missing.findIndex(Boolean);
  const file = missing[first];
  if (file === undefined) return null;
  // Listeners are opened one after the other: what comes before it may fail before it.
  const listeners = all.slice(0, first + 1);
  const opened = openListeners({ ...memory, listeners, localOnly: false }, behaviour);
  const isBefore = 'error' in opened && !/any listening sockets/.test(opened.error);
  return isBefore ? opened : { error: file.words, place: file.place };
}

/** What is read before any listener is opened, in the broker's order. */
function atStart(configuration: Configuration, behaviour: Behaviour): Opened[] {
  const { memory } = configuration;
  const is21 = behaviour.generation === '2.1';
  const securities =
    memory.perListener === null
      ? [memory.security.settings]
      : memory.listeners.map(({ security }) => security.settings);
  const of = (option: string, words: (name: string) => string) =>
    securities.flatMap((settings) => opened(settings, option, words));
  return [
    // It says no more than where.
    ...(is21 ? memory.listeners.flatMap(({ settings }) => opened(settings, 'http_dir', null)) : []),
    ...opened(
      memory.broker,
      'user',
      (name) => `Error: Unable to drop privileges to '${name}' because this user does not exist.`,
    ),
    ...plugins(configuration, is21),
    ...of(
      'password_file',
      (name) => `${is21 ? 'password-file: ' : ''}Error: Unable to open pwfile "${name}".`,
    ),
    ...of('acl_file', (name) => `Error: Unable to open acl_file "${name}".`),
    ...of('psk_file', (name) => `Error: Unable to open pwfile "${name}".`),
  ];
}

/** The plugins that are loaded, in their order. (Of one that is loaded by name 2.1 ends without a word.) */
function plugins({ memory, directives }: Configuration, is21: boolean): Opened[] {
  const loaded = [
    ...memory.security.plugins,
    ...memory.listeners.flatMap(({ security }) => security.plugins),
    ...memory.plugins.values(),
  ];
  const lines = directives.filter(
    ({ plugin, file, line }) =>
      plugin !== null &&
      loaded.includes(plugin) &&
      plugin.place.file === file &&
      plugin.place.line === line,
  );
  return lines.map((place) => {
    const name = is21 ? fileNamed(place) : fileNamed(place).trim();
    const words = `Error: Unable to load ${is21 ? '' : 'auth '}plugin "${name}".`;
    return { name, words, place: { file: place.file, line: place.line } };
  });
}

/** What is read when a listener is opened, in the broker's order. */
function filesOf(listener: ConfiguredListener, behaviour: Behaviour): Opened[] {
  const { settings, port } = listener;
  const protocol = protocolOf(listener);
  // 2.1 goes on without such a listener.
  if (protocol === 'http_api') return [];
  const of = (option: string, words: (name: string) => string) => opened(settings, option, words);
  if (protocol === 'websockets' && !behaviour.ownWebsockets) {
    const failed = () => `Error: Unable to create websockets listener on port ${port}.`;
    return [
      ...of('http_dir', (name) => `Error: Unable to open http dir "${name}".`),
      ...(settings.has('certfile') ? [...of('certfile', failed), ...of('keyfile', failed)] : []),
    ];
  }
  const hasPair = settings.has('certfile') && settings.has('keyfile');
  const readsParameters = behaviour.generation === '2.0' && (hasPair || settings.has('psk_hint'));
  return [
    ...(readsParameters ? of('dhparamfile', (name) => `Error loading dhparamfile "${name}".`) : []),
    ...(hasPair ? certificateFiles(of) : []),
  ];
}

function certificateFiles(
  of: (option: string, words: (name: string) => string) => Opened[],
): Opened[] {
  const words = (what: string, check: string) => (name: string) =>
    `Error: Unable to load ${what} "${name}". Check ${check}.`;
  return [
    ...of('cafile', (name) => `Error: Unable to load CA certificates. Check cafile "${name}".`),
    ...of('tls_engine', (name) => `Error loading ${name} engine`),
    ...of('certfile', words('server certificate', 'certfile')),
    ...of('keyfile', words('server key file', 'keyfile')),
    ...of('crlfile', words('certificate revocation file', 'crlfile')),
  ];
}

function opened(
  settings: Settings,
  option: string,
  words: ((name: string) => string) | null,
): Opened[] {
  const setting = settings.get(option);
  if (typeof setting?.value !== 'string') return [];
  const { value: name, place } = setting;
  return [{ name, place, words: words?.(name) ?? `Error found at ${place.file}:${place.line}.` }];
}
