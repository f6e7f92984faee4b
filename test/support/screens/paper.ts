import { PassThrough, Writable } from 'node:stream';
import { PlainInput } from '../../../screens/plain/input.ts';
import { noWaiting } from './show.tsx';

/** What the plain mode prints on. */
export class Paper extends Writable {
  columns = 80;
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A terminal that can hand over keys one by one, and who reads it. */
export function keyboard() {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => raw.push(on),
  });
  return { stdin, raw, input: new PlainInput(stdin, noWaiting) };
}
