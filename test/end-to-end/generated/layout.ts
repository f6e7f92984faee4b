import type { Making } from './making.ts';

/** Lines, and those of each listener. */
export interface Parts {
  head: string[];
  global: string[];
  listeners: string[][];
  bridge: string[];
}

/** What Debian's main file says, but for the folder and for what keeps. */
const debian = ['persistence_location /var/lib/mosquitto/', 'log_dest syslog'];
const debianFolder = 'include_dir /etc/mosquitto/conf.d';

/** In one file of Debian's folder, in two of them, with a folder of their own beside it, or around it. */
export function laidOut({ head, global, listeners, bridge }: Parts, making: Making): void {
  const { dice, files } = making;
  const put = (name: string, ...parts: string[][]) =>
    files.set(name, `${parts.flat().join('\n')}\n`);
  const way = dice.one(['local', 'local', 'two', 'folder', 'access', 'around'] as const);
  const blocks = listeners.flat();
  put('mosquitto.conf', debian, [debianFolder]);
  if (way === 'two') {
    put('conf.d/10-global.conf', head, global);
    put('conf.d/20-listeners.conf', blocks, bridge);
  } else if (way === 'folder') {
    const folders = ['include_dir /etc/mosquitto/more.d', debianFolder];
    put('mosquitto.conf', debian, head, global, folders);
    put('more.d/listeners.conf', blocks, bridge);
  } else if (way === 'around' && listeners.some(hasSettings)) {
    put('mosquitto.conf', debian, head, global, around(listeners, making), bridge);
    // No listener: the broker writes what stands after it to memory that it gave back, and may die of it.
    put('conf.d/local.conf', ['# Nothing yet.']);
  } else put(`conf.d/${way === 'access' ? way : 'local'}.conf`, head, global, blocks, bridge);
}

const hasSettings = (block: string[]): boolean => block.length > 1;
/** With settings that make another listener of the one that they come to stand in. */
const hasWeight = (block: string[]): boolean =>
  block.some((line) => /^(certfile|mount_point) /.test(line));

/** With Debian's folder in the middle of a listener: its settings stand after what others put there. */
function around(listeners: string[][], { dice }: Making): string[] {
  const weighty = listeners.filter(hasWeight);
  const [first = [], ...more] = weighty.length > 0 ? weighty : listeners.filter(hasSettings);
  const cut = dice.one([first, ...more]);
  const at = 1 + dice.one([0, ...cut.slice(2).keys()]);
  return listeners.flatMap((block) =>
    block === cut ? [...block.slice(0, at), debianFolder, ...block.slice(at)] : block,
  );
}
