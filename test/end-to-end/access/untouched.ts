import type { TestHost } from '../../hosts/host.ts';

/** Long ago: the time of the last reading that a file is given, so that the next one shows (relatime, mount(8)). */
const longAgo = 946_684_800;

/** What is a broker's, by its configuration. */
export interface LiveFiles {
  /** What it keeps for itself alone: nobody else opens it, to read it neither, nor makes it where it is not. */
  own: string[];
  /** What it reads: nobody else changes it. */
  read: string[];
}

const reads =
  /^((ca|cert|key|crl)file|(password|acl|psk)_file|(plugin|auth)_opt_(password|acl|config)_file)$/;

export function liveFiles(configuration: readonly Buffer[]): LiveFiles {
  const text = Buffer.concat([...configuration].flatMap((one) => [one, Buffer.from('\n')]));
  const all = [...text.toString('latin1').matchAll(/^[ ]*(\w+) +(\S+)/gm)];
  const values = (option: string) =>
    all.flatMap(([, name, value = '']) => (name === option ? [value] : []));
  const folders = ['/var/lib/mosquitto/', ...values('persistence_location')];
  const names = ['mosquitto.db', ...values('persistence_file')];
  const full = (paths: string[]) => [...new Set(paths)].filter((path) => path.startsWith('/'));
  return {
    own: full([
      ...values('pid_file'),
      ...folders.flatMap((folder) => names.map((name) => `${folder.replace(/\/?$/, '/')}${name}`)),
    ]),
    read: full(all.flatMap(([, name = '', value = '']) => (reads.test(name) ? [value] : []))),
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
