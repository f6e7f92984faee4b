import { createHash, randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { Refusal, refusalOfAbort, refusalOfClose, refusalOfStream } from './refusal.ts';
import type { Target } from './target.ts';
import type { Transport } from './transport.ts';

// The client's side of RFC 6455, as far as MQTT needs it, over a stream that is there already (TCP, TLS, a
// channel of SSH): no library takes one. What is published travels in binary frames of any size.

/** Appended to the key by whoever speaks the protocol (RFC 6455 section 1.3). */
const known = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const longestHead = 16 * 1024;

/**
 * Asks what listens there to speak MQTT in websocket frames (MQTT 3.1.1 section 6), and gives the stream
 * of what is in them. Rejects with a Refusal where it does not.
 */
export async function websocket(
  transport: Transport,
  target: Target,
  signal: AbortSignal,
): Promise<Duplex> {
  const { stream } = transport;
  const key = randomBytes(16).toString('base64');
  const request = [
    'GET /mqtt HTTP/1.1',
    // The name does not matter to a broker, and an address may be a path or have brackets.
    'Host: broker',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: mqtt',
  ];
  stream.write(`${request.join('\r\n')}\r\n\r\n`);
  const { head, rest } = await headOf(transport, target, signal);
  const accepted = createHash('sha1').update(`${key}${known}`).digest('base64');
  const [, told] = /^sec-websocket-accept: *(\S+) *$/im.exec(head) ?? [];
  if (!/^HTTP\/1\.1 101 /.test(head) || told !== accepted) {
    stream.destroy();
    throw new Refusal(
      {
        cause: 'no-websocket',
        words: 'What answers on this port does not take this websocket.',
      },
      { tls: transport.tls },
    );
  }
  return new Frames(stream, rest);
}

/** What comes up to the first empty line, and what came behind it. */
function headOf(
  { stream, tls }: Transport,
  target: Target,
  signal: AbortSignal,
): Promise<{ head: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let come = Buffer.alloc(0);
    const settle = (act: () => void) => {
      stream.off('data', onData).off('close', onEnd).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const refuse = (refusal: Refusal) =>
      settle(() => {
        stream.on('error', () => {});
        stream.destroy();
        reject(refusal);
      });
    const onAbort = () => refuse(refusalOfAbort(signal, true));
    const onEnd = () => refuse(refusalOfClose(target, tls));
    const onError = (error: Error) => refuse(refusalOfStream(error, target, tls, true));
    const onData = (bytes: Buffer) => {
      come = Buffer.concat([come, bytes]);
      const end = come.indexOf('\r\n\r\n');
      if (end < 0 && come.length < longestHead) return;
      stream.pause();
      const head = come.subarray(0, end < 0 ? longestHead : end).toString('latin1');
      settle(() => resolve({ head, rest: come.subarray(end < 0 ? longestHead : end + 4) }));
    };
    stream.on('data', onData).on('close', onEnd).on('end', onEnd).on('error', onError);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else if (stream.errored) onError(stream.errored);
    else if (stream.destroyed) onEnd();
  });
}

/** The bytes inside the frames of both directions. */
class Frames extends Duplex {
  readonly #stream: Duplex;
  /** What has come and is not a whole frame's head yet. */
  #pending: Buffer = Buffer.alloc(0);
  /** Of the frame that is coming: bytes that are still to come, and what it is. */
  #left = 0;
  #kind = 0;
  #over = false;

  constructor(stream: Duplex, rest: Buffer) {
    super();
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    stream.on('error', (error) => this.destroy(error));
    stream.on('end', () => this.push(null));
    stream.on('close', () => this.destroy());
    if (rest.length > 0) this.#take(rest);
  }

  #take(bytes: Buffer): void {
    if (this.#over) return;
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (this.#left > 0 || this.#begin()) {
      const part = this.#pending.subarray(0, this.#left);
      this.#pending = this.#pending.subarray(part.length);
      this.#left -= part.length;
      if (this.#kind <= 2 && part.length > 0 && !this.push(part)) this.#stream.pause();
      if (this.#left > 0) return;
    }
  }

  /** Reads the head of the next frame; false while it has not come whole. */
  #begin(): boolean {
    const head = this.#pending;
    const [first, second] = head;
    if (first === undefined || second === undefined) return false;
    const short = second & 0x7f;
    const size = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (head.length < size) return false;
    this.#kind = first & 0x0f;
    this.#left =
      short === 126
        ? head.readUInt16BE(2)
        : short === 127
          ? Number(head.readBigUInt64BE(2))
          : short;
    this.#pending = head.subarray(size);
    if (this.#kind === 9) this.#send(10, Buffer.alloc(0));
    if (this.#kind !== 8) return true;
    this.#over = true;
    this.push(null);
    return false;
  }

  #send(kind: number, bytes: Buffer, done: (error?: Error | null) => void = () => {}): void {
    const { length } = bytes;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | kind;
    // A client masks what it sends (section 5.3), here with nought: nobody is to be fooled by it.
    head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    this.#stream.write(Buffer.concat([head, Buffer.alloc(4), bytes]), done);
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(2, bytes, done);
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send(8, Buffer.alloc(0), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }
}
