import { isUtf8 } from 'node:buffer';
import { clean } from '../clean.ts';

/** One received message, safe to show and bounded in size. */
export interface FeedMessage {
  /** Counts from 1, without gaps as received; the feed may skip some under a flood. */
  id: number;
  /** Milliseconds since 1970, by our clock. */
  at: number;
  topic: string;
  /** One line of text; for binary payloads the first bytes in hex. */
  payload: string;
  binary: boolean;
  /** Whether `payload` is only its beginning. */
  cut: boolean;
  qos: 0 | 1 | 2;
  /** Sent by the broker from its memory, at the time of subscription. */
  retain: boolean;
  /** Size of the payload. */
  bytes: number;
}

/** A message as it came, the payload cut at `keptBytes`; turned into text only if it is shown. */
export interface RawMessage {
  id: number;
  at: number;
  topic: string;
  kept: Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
  bytes: number;
}

/** Of each payload at most this many bytes are kept. */
export const keptBytes = 1024;
const shownColumns = 240;
const shownHexBytes = 32;

/** The kept part of a payload, as a copy: the original may be a slice of a much larger buffer. */
export function keep(payload: Buffer): Buffer {
  return Buffer.from(payload.subarray(0, keptBytes));
}

/** Text is what is valid UTF-8 without NUL; everything else is shown as hex with its size. */
export function readable(raw: RawMessage): FeedMessage {
  const { id, at, qos, retain, bytes } = raw;
  const kept = bytes > raw.kept.length ? wholeCharacters(raw.kept) : raw.kept;
  const binary = kept.includes(0) || !isUtf8(kept);
  const text = binary ? hex(raw.kept, bytes) : kept.toString('utf8');
  const payload = clean(text, shownColumns);
  return {
    id,
    at,
    topic: clean(raw.topic, 120),
    payload,
    binary,
    cut: binary ? bytes > shownHexBytes : bytes > kept.length || payload.endsWith('…'),
    qos,
    retain,
    bytes,
  };
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
