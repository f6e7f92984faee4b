import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { HostError } from '../../errors/host-error.ts';
import { exitName, hostScript } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Acting, FileFacts, Ownership, ReadOptions, RunOptions } from '../api/host.ts';
import { fileFailure } from '../programs/failures.ts';
import type { ExecuteOptions, Output } from '../programs/program.ts';

/** Runs a program on the host, as root where `root` says so. */
export type Act = (
  argv: readonly string[],
  options: Omit<ExecuteOptions, 'where'> & Acting & Pick<RunOptions, 'look'>,
) => Promise<Output>;

/** A file action's means: how to run a program, and the host's name for its errors. */
export interface Means {
  act: Act;
  where: string;
}

const mebibyte = 1024 * 1024;

function script(text: string, ...parameters: string[]): string[] {
  return ['sh', '-c', text, 'lockstep', ...parameters];
}

/** Two programs on one host can have different working folders, so only full paths mean anything. */
function checkPath(doing: string, where: string, path: string): string {
  if (path.startsWith('/') && !path.includes('\0')) return `${doing} ${path}`;
  throw new HostError('failed', `${doing} ${clean(path)} on ${where} failed.`, {
    likely: 'That is no full path: where it leads depends on who asks.',
    next: 'Write it with all its folders, beginning with "/".',
  });
}

/** See `Host.read`. */
export async function readFile(
  { act, where }: Means,
  path: string,
  { limit = mebibyte, ...acting }: ReadOptions = {},
): Promise<Buffer | null> {
  const doing = checkPath('Reading', where, path);
  const result = await act(script(hostScript('files/read'), path, String(limit + 1)), {
    ...acting,
    limit: limit + 1,
    doing,
  });
  if (exitName('files/read', result.code) === 'nothing-there') return null;
  if (result.code !== 0) throw fileFailure(doing, where, result.stderr.toString());
  if (result.stdout.length > limit)
    throw fileFailure(doing, where, `The file is larger than ${limit} bytes.`);
  return result.stdout;
}

/** See `Host.write`. A symbolic link at `path` is replaced, not followed. */
export async function writeFile(
  { act, where }: Means,
  path: string,
  bytes: Uint8Array,
  { mode, owner = '', group = '' }: Ownership,
  acting: Acting = {},
): Promise<void> {
  const doing = checkPath('Writing', where, path);
  const folder = posix.dirname(path);
  // Not ending in .conf: a broker that starts just now must not read it.
  const temporary = posix.join(folder, `.lockstep-${randomBytes(16).toString('hex')}`);
  const result = await act(
    script(
      hostScript('files/write'),
      path,
      folder,
      temporary,
      String(bytes.length),
      (mode & 0o7777).toString(8),
      group === '' ? owner : `${owner}:${group}`,
    ),
    { ...acting, input: bytes, doing },
  );
  if (exitName('files/write', result.code) === 'nothing-there')
    throw fileFailure(doing, where, result.stderr.toString(), 'not-found');
  if (result.code !== 0) throw fileFailure(doing, where, result.stderr.toString());
}

/** One command line carries so many bytes of paths. */
const batch = 60_000;

/** See `Host.stat`. */
export async function statPaths(
  { act, where }: Means,
  paths: readonly string[],
  acting: Acting = {},
): Promise<(FileFacts | null)[]> {
  for (const path of paths) checkPath('Looking at', where, path);
  const found: (FileFacts | null)[] = [];
  for (let from = 0; from < paths.length; ) {
    let to = from;
    for (let size = 0; to < paths.length && (to === from || size < batch); to += 1)
      size += Buffer.byteLength(paths[to] as string) + 3;
    const some = paths.slice(from, to);
    const doing = `Looking at ${some.length === 1 ? some[0] : `${some.length} files`}`;
    const result = await act(script(hostScript('files/stat'), ...some), {
      ...acting,
      limit: 8 * mebibyte,
      doing,
      look: true,
    });
    const records = result.stdout.toString().split('\0').slice(0, -1);
    if (result.code !== 0 || records.length !== some.length)
      throw fileFailure(doing, where, result.stderr.toString());
    for (const [index, record] of records.entries()) {
      if (record.startsWith('!')) throw fileFailure(doing, where, record.slice(1));
      found.push(record === '?' ? null : fileFacts(some[index] as string, record));
    }
    from = to;
  }
  return found;
}

const types = new Map<number, FileFacts['type']>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
]);

function fileFacts(path: string, record: string): FileFacts {
  const [line = '', ...rest] = record.split('\n');
  const [mode = '', size, modified, uid = '', gid = '', user = '', group = ''] = line.split(' ');
  const bits = Number.parseInt(mode, 16);
  const type = types.get(bits & 0o170000) ?? 'other';
  return {
    path,
    type,
    mode: bits & 0o7777,
    // stat(1) says UNKNOWN for a number that belongs to nobody.
    owner: user === 'UNKNOWN' ? uid : user,
    group: group === 'UNKNOWN' ? gid : group,
    size: Number(size),
    modified: Number(modified),
    ...(type === 'symlink' && { target: rest.slice(0, -1).join('\n') }),
  };
}

/** See `Host.list`. */
export async function listFolder(
  { act, where }: Means,
  path: string,
  acting: Acting = {},
): Promise<string[] | null> {
  const doing = checkPath('Listing', where, path);
  const result = await act(script(hostScript('files/list'), path), {
    ...acting,
    limit: 8 * mebibyte,
    doing,
  });
  if (exitName('files/list', result.code) === 'nothing-there') return null;
  if (result.code !== 0) throw fileFailure(doing, where, result.stderr.toString());
  if (result.truncated) throw fileFailure(doing, where, 'The folder holds too many names.');
  return result.stdout.toString().split('\0').slice(0, -1).sort();
}
