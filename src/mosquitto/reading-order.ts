/** `*.conf`, hidden ones too; only `.conf` itself is not. */
export function isIncluded(name: string): boolean {
  return name.endsWith('.conf') && Buffer.byteLength(name) > 5;
}

/**
 * The order in which files of a folder are read: byte by byte, by upper case first, then exact.
 * Bytes above 127 are negative in C and come first.
 */
export function inReadingOrder(one: string, other: string): number {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a.readInt8(i), b.readInt8(i)];
    if (x !== y) return upper(x) - upper(y) || x - y;
  }
  return a.length - b.length;
}

function upper(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte;
}
