import type { TestHost } from '../../hosts/host.ts';

/** Long ago: the time of the last reading that a file is given, so that the next one shows (relatime, mount(8)). */
const longAgo = 946_684_800;

/** What a broker keeps for itself alone: nobody else opens it, to read it neither. */
export function liveFiles(configuration: readonly Buffer[]): string[] {
  const text = Buffer.concat([...configuration].flatMap((one) => [one, Buffer.from('\n')]));
  const all = [...text.toString('latin1').matchAll(/^[ ]*(\w+) +(\S+)/gm)];
  const values = (option: string) =>
    all.flatMap(([, name, value = '']) => (name === option ? [value] : []));
  const folders = ['/var/lib/mosquitto/', ...values('persistence_location')];
  const names = ['mosquitto.db', ...values('persistence_file')];
  return [
    ...values('pid_file'),
    ...folders.flatMap((folder) => names.map((name) => `${folder.replace(/\/?$/, '/')}${name}`)),
  ].filter((path) => path.startsWith('/'));
}

/** Does this, and says which of the files was opened meanwhile and read or written. */
export async function touchedBy<T>(
  host: TestHost,
  files: readonly string[],
  act: () => Promise<T>,
): Promise<{ done: T; touched: string[] }> {
  const each = (what: string) =>
    host.succeed(['sh', '-euc', `for f; do [ ! -f "$f" ] || ${what}; done`, '-', ...files]);
  await each(`touch -a -d @${longAgo} "$f"`);
  const done = await act();
  const read = (await each('stat -c "%X %n" "$f"')).split('\n').filter(Boolean);
  return { done, touched: read.filter((line) => !line.startsWith(`${longAgo} `)) };
}
