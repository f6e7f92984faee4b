/** `*.conf`, hidden ones too; only `.conf` itself is not. */
export function isIncluded(name: string): boolean {
  return name.endsWith('.conf') && Buffer.byteLength(name) > 5;
}

/**
 * The order in which files of a folder are read: byte by byte, by upper case first, then exact (conf_includedir.c
 * of Mosquitto, whose `toupper` is glibc's: in the C locale it takes the bytes of an umlaut, which
 * are negative there, for those above all letters). Where one name ends, the rest of the other counts as it is.
 */
export function inReadingOrder(one: string, other: string): number {
  const [a, b] = [Buffer.from(`${one}\0`), Buffer.from(`${other}\0`)];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a.readInt8(i), b.readInt8(i)];
    if (x !== y) return x === 0 || y === 0 ? x - y : upper(x) - upper(y) || x - y;
  }
  return 0;
}

function upper(byte: number): number {
  if (byte >= 0x61 && byte <= 0x7a) return byte - 32;
  return byte < -1 ? byte + 256 : byte;
}
