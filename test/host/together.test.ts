import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HostError } from '../../src/errors/host-error.ts';
import type { Start } from '../../src/host/api/running.ts';
import { localHost } from '../../src/host/local/local.ts';
import { together } from '../../src/host/programs/together.ts';

/** This machine, and how many programs were started on it. */
function machine() {
  const host = localHost({ name: 'here', kind: 'local', environment: { PATH: process.env.PATH } });
  onTestFinished(() => host.close());
  const started = { programs: 0 };
  const start: Start = (argv, signal) => {
    started.programs += 1;
    return host.start(argv, { signal });
  };
  return { start, started };
}

const writing = (bytes: Uint8Array, code: number) => {
  const octal = [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  return ['sh', '-c', 'printf %b "$1"; exit "$2"', 'lockstep', octal, String(code)];
};

describe('looks of the same moment', () => {
  test('are one program, and each has the answer that it has alone', async () => {
    const { start, started } = machine();
    const look = together('here');
    const one = fc.record({ bytes: fc.uint8Array({ maxLength: 400 }), code: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 2, maxLength: 6 }), async (looks) => {
        started.programs = 0;
        const answers = await Promise.all(
          looks.map(({ bytes, code }) => look(start, writing(bytes, code), { doing: 'Looking' })),
        );
        expect(started.programs).toBe(1);
        for (const [index, { bytes, code }] of looks.entries())
          expect(answers[index]).toMatchObject({ code, stdout: Buffer.from(bytes) });
      }),
      { numRuns: 25 },
    );
  });

  test('one alone, and those of another moment, are programs of their own', async () => {
    const { start, started } = machine();
    const look = together('here');
    const alone = await look(start, ['sh', '-c', 'echo oops >&2; exit 3'], { doing: 'Looking' });
    expect(alone).toMatchObject({ code: 3, stderr: Buffer.from('oops\n') });
    await look(start, ['true'], { doing: 'Looking' });
    expect(started.programs).toBe(2);
  });

  test('hand quotes, blanks and ends of lines over untouched; no such program is status 127', async () => {
    const { start } = machine();
    const look = together('here');
    const nasty = ["it's", 'a  b', 'two\nlines', '$HOME', '`id`', 'back\\slash', ''];
    const [shown, missing] = await Promise.all([
      look(start, ['sh', '-c', 'printf "%s|" "$@"', 'x', ...nasty], { doing: 'Looking' }),
      look(start, ['no-such-program-here'], { doing: 'Looking' }),
    ]);
    expect(shown.stdout.toString()).toBe(`${nasty.join('|')}|`);
    expect(missing.code).toBe(127);
  });

  test('take no input from one another', async () => {
    const { start } = machine();
    const look = together('here');
    const [first, second] = await Promise.all([
      look(start, ['cat'], { doing: 'Looking' }),
      look(start, ['echo', 'second'], { doing: 'Looking' }),
    ]);
    expect([first.stdout.toString(), second.stdout.toString()]).toEqual(['', 'second\n']);
  });

  test('are cut each at its own limit', async () => {
    const { start } = machine();
    const look = together('here');
    const [long, short] = await Promise.all([
      look(start, ['printf', '%05000d', '0'], { doing: 'Looking', limit: 100 }),
      look(start, ['echo', 'whole'], { doing: 'Looking', limit: 6 }),
    ]);
    expect([long.stdout.length, long.truncated]).toEqual([100, true]);
    expect([short.stdout.toString(), short.truncated]).toEqual(['whole\n', false]);
  });

  test('are each alone where together they are too long, or write too much', async () => {
    const { start, started } = machine();
    const look = together('here');
    const text = 'x'.repeat(30_000);
    const long = await Promise.all(
      ['a', 'b'].map((end) => look(start, ['echo', text + end], { doing: 'Looking' })),
    );
    expect(long.map(({ stdout }) => stdout.toString())).toEqual([`${text}a\n`, `${text}b\n`]);
    expect(started.programs).toBe(2);
    const [flood, other] = await Promise.all([
      look(start, ['sh', '-c', 'head -c 9000 /dev/zero'], { doing: 'Looking', limit: 10 }),
      look(start, ['echo', 'other'], { doing: 'Looking', limit: 10 }),
    ]);
    expect([flood.stdout.length, flood.truncated]).toEqual([10, true]);
    expect(other).toMatchObject({ stdout: Buffer.from('other\n'), truncated: false });
  });

  test('all end with the error that ends their program', async () => {
    const lost = new HostError('lost', 'The connection broke.');
    const look = together('there');
    const looks = ['a', 'b'].map(() =>
      look(() => Promise.reject(lost), ['true'], { doing: 'Looking' }),
    );
    for (const { status, reason } of (await Promise.allSettled(looks)) as PromiseRejectedResult[])
      expect([status, reason]).toEqual(['rejected', lost]);
  });
});
