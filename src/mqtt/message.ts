import { isUtf8 } from 'node:buffer';
import { clean } from '../text/clean.ts';

/** Of each payload at most this many bytes are kept. */
export const keptBytes = 1024;
const shownCharacters = 200;
const shownHexBytes = 32;

/** One received message, safe to show and bounded in size. */
export interface FeedMessage {
  /** Counts from 1 as received; in a flood some are skipped. */
  readonly id: number;
  /** Milliseconds since 1970, by our clock. */
  readonly at: number;
  readonly topic: string;
  /** One line of text; for binary payloads the first bytes in hex, and the size. */
  readonly payload: string;
  /** Not valid UTF-8, or with a NUL byte. */
  readonly binary: boolean;
  /** Whether `payload` is only its beginning. */
  readonly cut: boolean;
  readonly qos: 0 | 1 | 2;
  /** Sent by the broker from its memory, at the time of subscription. */
  readonly retain: boolean;
  /** It came without encryption. */
  readonly plain: boolean;
  /** Size of the whole payload. */
  readonly bytes: number;
}

/**
 * A message as it came. Its texts are made when they are first asked for: cleaning costs up to half
 * a millisecond, and in a flood most messages are never looked at.
 */
export class ReceivedMessage implements FeedMessage {
  readonly id: number;
  readonly at: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly plain: boolean;
  readonly bytes: number;
  readonly #topic: string;
  readonly #kept: Buffer;
  #shown: { topic: string; payload: string; binary: boolean; cut: boolean } | null = null;

  constructor(packet: Packet) {
    const { id, at, topic, payload, qos, retain, plain } = packet;
    this.id = id;
    this.at = at;
    this.qos = qos;
    this.retain = retain;
    this.plain = plain;
    this.bytes = payload.length;
    this.#topic = topic.slice(0, shownCharacters);
    // A copy: the original is a slice of a much larger buffer.
    this.#kept = Buffer.from(payload.subarray(0, keptBytes));
  }

  get topic(): string {
    return this.#show().topic;
  }

  get payload(): string {
    return this.#show().payload;
  }

  get binary(): boolean {
    return this.#show().binary;
  }

  get cut(): boolean {
    return this.#show().cut;
  }

  #show() {
    if (this.#shown) return this.#shown;
    const whole = this.bytes === this.#kept.length;
    const bytes = whole ? this.#kept : wholeCharacters(this.#kept);
    const binary = bytes.includes(0) || !isUtf8(bytes);
    const text = binary ? hex(this.#kept, this.bytes) : bytes.toString('utf8');
    const payload = clean(text.slice(0, shownCharacters), shownCharacters);
    const cut = binary
      ? this.bytes > shownHexBytes
      : !whole || text.length > shownCharacters || payload.endsWith('…');
    this.#shown = { topic: clean(this.#topic, 120), payload, binary, cut };
    return this.#shown;
  }
}

/** What the MQTT library hands over. */
interface Packet {
  id: number;
  at: number;
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
  plain: boolean;
}

function hex(kept: Buffer, bytes: number): string {
  const start = kept.subarray(0, shownHexBytes).toString('hex').replace(/../g, '$& ').trim();
  return `${start}${bytes > shownHexBytes ? ' …' : ''} (${bytes} bytes)`;
}

/** Without the character that the cut may have split: a cut must not make text look binary. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
