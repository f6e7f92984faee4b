import type { TestHost } from '../../support/hosts/host.ts';

/** Long ago: the time of the last reading that a file is given, so that the next one shows (relatime, mount(8)). */
const longAgo = 946_684_800;

/** What is a broker's, by its configuration. */
export interface LiveFiles {
  /** What it keeps for itself alone: nobody else opens it, to read it neither, nor makes it where it is not. */
  own: string[];
  /** What it reads: nobody else changes it. */
  read: string[];
  /** What no trial opens: all that is its own, log and sockets and databases of plugins too, and who may come in. */
  notTried: string[];
}

const certificates = /^(ca|cert|key|crl)file$/;
const names = /^((password|acl|psk)_file|(plugin|auth)_opt_(password|acl|config)_file)$/;

export function liveFiles(configuration: readonly Buffer[]): LiveFiles {
  const parts = configuration.flatMap((one) => [one, Buffer.from('\n')]);
  const text = Buffer.concat(parts).toString('latin1');
  const all = [...text.matchAll(/^[ ]*(\w+) +(\S+)/gm)];
  const values = (option: string) =>
    all.flatMap(([, name, value = '']) => (name === option ? [value] : []));
  const folders = ['/var/lib/mosquitto/', ...values('persistence_location')];
  const databases = ['mosquitto.db', ...values('persistence_file')];
  const full = (paths: string[]) => [...new Set(paths)].filter((path) => path.startsWith('/'));
  const own = full([
    ...values('pid_file'),
    ...folders.flatMap((folder) =>
      databases.map((name) => `${folder.replace(/\/?$/, '/')}${name}`),
    ),
  ]);
  const known = (option: RegExp) =>
    full(all.flatMap(([, name = '', value = '']) => (option.test(name) ? [value] : [])));
  const sockets = [...text.matchAll(/^ *listener +0 +(\S+)/gm)].map(([, path = '']) => path);
  const logs = [...text.matchAll(/^ *log_dest +file +(\S+)/gm)].map(([, path = '']) => path);
  const others = full([...logs, ...sockets, ...values('plugin_opt_db_file')]);
  return {
    own,
    read: [...known(certificates), ...known(names)],
    notTried: [...own, ...others, ...known(names)],
  };
}

/** Does this, and says which of the files was opened, made or changed meanwhile. */
export async function touchedBy<T>(
  host: TestHost,
  { own, read }: LiveFiles,
  act: () => Promise<T>,
): Promise<{ done: T; touched: string[] }> {
  const each = async (files: readonly string[], what: string) =>
    (await host.succeed(['sh', '-euc', `for f; do ${what}; done`, '-', ...files])).split('\n');
  // Inode, size, and the times of the last change of content and of anything about it.
  const state = `stat -c '%n %i %s %.Y %.Z' "$f" 2>/dev/null || echo "$f is not there"`;
  await each(own, `[ ! -f "$f" ] || touch -a -d @${longAgo} "$f"`);
  const [there, before] = [await each(own, state), await each(read, state)];
  const done = await act();
  const opened = await each(own, `[ ! -f "$f" ] || stat -c '%X %n' "$f"`);
  const after = await each(read, state);
  const now = await each(own, state);
  const gone = 'is not there';
  return {
    done,
    touched: [
      ...opened.filter((line) => line !== '' && !line.startsWith(`${longAgo} `)),
      ...now.filter((line, index) => there[index]?.endsWith(gone) && !line.endsWith(gone)),
      ...after.filter((line, index) => line !== before[index]),
    ],
  };
}
