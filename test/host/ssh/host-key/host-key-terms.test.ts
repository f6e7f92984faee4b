import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  algorithmsOf,
  askFor,
  bitsOf,
  isTooShort,
  ours,
  rsaBits,
} from '../../../../src/host/ssh/host-key/terms.ts';

const field = (bytes: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An RSA key with a modulus of so many bits, behind so many bytes that are zero. */
function rsaKey(bits: number, zeros: number): Buffer {
  const digits = (1n << BigInt(bits - 1)).toString(16);
  const modulus = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  const parts = [Buffer.from('ssh-rsa'), Buffer.from([1, 0, 1])].map(field);
  return Buffer.concat([...parts, field(Buffer.concat([Buffer.alloc(zeros), modulus]))]);
}

test('an RSA key has the bits of its modulus, however it is written, and one that is cut off is too short', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4096 }), fc.nat(3), fc.nat(200), (bits, zeros, cut) => {
      const key = rsaKey(bits, zeros);
      expect(rsaBits(key)).toBe(bits);
      const terms = { algorithms: ours, rsaBits: 2048 };
      expect(isTooShort(key, terms)).toBe(bits < 2048);
      expect(isTooShort(key.subarray(0, Math.max(11, key.length - 1 - cut)), terms)).toBe(true);
    }),
  );
});

test('the length can only be raised, by either name of it, and must be a number', () => {
  expect(bitsOf(undefined, undefined)).toBe(1024);
  expect(bitsOf('512', undefined)).toBe(1024);
  expect(bitsOf(undefined, '3072')).toBe(3072);
  expect(bitsOf('2048', '3072')).toBe(3072);
  for (const wrong of ['', 'two', '2048x', '-1', '1e9', 'NaN'])
    expect(bitsOf(wrong, undefined)).toBeNull();
});

test('a host is asked for what is allowed, and for the key that is known first, in either order that ssh had', () => {
  const types = ['ssh-ed25519', 'ssh-rsa', 'ssh-dss', 'ecdsa-sha2-nistp521', 'made-up'];
  const former =
    'ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,ssh-ed25519,rsa-sha2-512';
  const lists = [undefined, former, 'rsa-sha2-256,ssh-ed25519', '-ecdsa*', 'ssh-ed25519', 'none'];
  fc.assert(
    fc.property(fc.constantFrom(...lists), fc.subarray(types), (list, known) => {
      const algorithms = algorithmsOf(list) ?? [];
      const asked = askFor({ algorithms, rsaBits: 1024 }, known);
      expect(asked.toSorted()).toEqual(algorithms.toSorted());
    }),
  );
  const first = (list: string | undefined) =>
    askFor({ algorithms: algorithmsOf(list) ?? [], rsaBits: 1024 }, ['ssh-rsa'])[0];
  expect([undefined, former, '-ecdsa*', 'ssh-ed25519,rsa-sha2-512'].map(first)).toEqual(
    Array(4).fill('rsa-sha2-512'),
  );
  expect(first('ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512')).toBe('rsa-sha2-512');
  expect(first('ecdsa-sha2-nistp521,ecdsa-sha2-nistp256,rsa-sha2-512')).toBe('ecdsa-sha2-nistp521');
});
