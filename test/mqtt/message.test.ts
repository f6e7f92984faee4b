import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keptBytes, ReceivedMessage } from '../../src/mqtt/message.ts';
import { Tally } from '../../src/mqtt/tally.ts';

function received(payload: Buffer, topic = 'test/test') {
  return new ReceivedMessage({ id: 1, at: 0, topic, payload, qos: 0, retain: false, plain: true });
}

test('text is shown as text, everything else as hex with its size', () => {
  expect(received(Buffer.from('21.4 °C'))).toMatchObject({ payload: '21.4 °C', binary: false });
  expect(received(Buffer.alloc(0))).toMatchObject({ payload: '', bytes: 0, cut: false });
  expect(received(Buffer.from([0xff, 0x00, 0x41]))).toMatchObject({
    payload: 'ff 00 41 (3 bytes)',
    binary: true,
    cut: false,
  });
  expect(received(Buffer.from('with\0nul')).binary).toBe(true);
  expect(received(Buffer.alloc(5000, 0xfe))).toMatchObject({ cut: true, bytes: 5000 });
});

test('a cut in the middle of a character does not make text binary', () => {
  for (const character of ['ü', '€', '😀']) {
    for (let shift = 0; shift < 4; shift++) {
      const text = 'a'.repeat(shift) + character.repeat(keptBytes);
      expect(received(Buffer.from(text))).toMatchObject({ binary: false, cut: true });
    }
  }
});

test.each([
  ['OSC 52', '\x1b]52;c;cm0gLXJmIC8=\x07'],
  ['CSI', '\x1b[2J\x1b[31mred'],
  ['C1', '\u009b2J'],
  ['bidirectional', 'user\u202etxt.exe'],
  ['zero width', 'a\u200bb\ufeff'],
  ['line ends', 'one\r\ntwo\n\n'],
])('%s loses its force, in payload and topic', (_, hostile) => {
  const seen = received(Buffer.from(hostile), `test/${hostile}`);
  for (const text of [seen.payload, seen.topic])
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
});

test('an emoji that takes two cells each is cut by width, without taking long', () => {
  const begun = performance.now();
  expect(received(Buffer.from('ü😀'.repeat(200)))).toMatchObject({ cut: true, binary: false });
  expect(performance.now() - begun).toBeLessThan(50);
});

test('whatever is sent, what is shown is one bounded line without controls', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.string({ unit: 'binary' }),
      (bytes, topic) => {
        const seen = received(Buffer.from(bytes), topic);
        expect(seen.payload.length).toBeLessThan(2000);
        for (const text of [seen.payload, seen.topic])
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(seen.bytes).toBe(bytes.length);
      },
    ),
  );
});

test('the tally counts by the second and forgets', () => {
  const tally = new Tally();
  const start = 1_700_000_000_000;
  for (let message = 0; message < 30; message++) tally.add(10, start + message * 100);
  expect(tally).toMatchObject({ messages: 30, bytes: 300 });
  expect(tally.perSecond(start + 3000).slice(-4)).toEqual([0, 10, 10, 10]);
  expect(tally.rate(start + 3000)).toBe(6);
  expect(tally.rate(start + 8000)).toBe(0);
  expect(tally.perSecond(start - 60_000).slice(-4)).toEqual(tally.perSecond(start).slice(-4));
  expect(tally.perSecond(start + 3_600_000).every((count) => count === 0)).toBe(true);
});
