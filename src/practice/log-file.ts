import { open, stat } from 'node:fs/promises';
import { withoutQuotedSecret } from '../mosquitto/config/model/secret-lines.ts';
import { cleanLines } from '../text/clean.ts';

/** Bytes in the log now, 0 when there is none: what comes after is new. */
export async function logSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The log from an offset on, at most its last 64 KiB, as it is (not cleaned). */
export async function logSince(path: string, offset: number): Promise<string> {
  const limit = 64 * 1024;
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const from = Math.max(size < offset ? 0 : offset, size - limit);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The log's last lines, cleaned and bounded. */
export async function logTail(path: string, lines: number): Promise<string[]> {
  return cleanLines(await logSince(path, 0), lines).map(withoutQuotedSecret);
}
