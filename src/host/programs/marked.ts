import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** A stream in which a mark tells where the interesting part begins. */
export interface Marked {
  /** What comes after the mark. */
  readonly rest: Readable;
  /** The mark as it was found; null when the stream ended without it. */
  readonly found: Promise<RegExpExecArray | null>;
  /** What came before it, the last 64 KiB of that. */
  heard(): string;
}

const patience = 65_536;

/**
 * Parts a stream at the first mark. `listen` is told all that came so far, whenever something comes
 * before the mark. Without a mark `rest` is empty.
 */
export function partAt(
  source: Readable,
  mark: RegExp,
  listen: (heard: string) => void = () => {},
): Marked {
  const rest = new PassThrough();
  const { promise, resolve } = Promise.withResolvers<RegExpExecArray | null>();
  let heard = '';
  let passed = false;
  source.on('data', (chunk: Buffer) => {
    if (passed) {
      rest.write(chunk);
      return;
    }
    heard = (heard + chunk.toString('latin1')).slice(-patience);
    const match = mark.exec(heard);
    if (!match) {
      listen(heard);
      return;
    }
    passed = true;
    rest.write(heard.slice(match.index + match[0].length), 'latin1');
    heard = heard.slice(0, match.index);
    resolve(match);
  });
  finished(source, { writable: false })
    .catch(() => {})
    .then(() => {
      rest.end();
      resolve(null);
    });
  return { rest, found: promise, heard: () => heard };
}
