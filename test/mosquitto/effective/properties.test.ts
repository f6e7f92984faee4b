import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { optionNames } from '../../../src/mosquitto/config/options/options.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { filesOf, main, read, versions } from '../../support/brokers/reading.ts';

const version = fc.constantFrom(...versions, '2.0.15', '2.1.0');

/** Lines that look like a configuration: known options, values of every kind, odd separators. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...optionNames()), value()).map(spaced) },
  { weight: 1, arbitrary: fc.constantFrom('# remark', '', '   ', '\t', 'nonsense 1', ' # x') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const text = fc
  .array(line, { maxLength: 12 })
  .map((lines) => `${lines.join('\n')}\n`)
  // What follows a NUL byte is lost or not depending on the end of the file (read.test.ts).
  .filter((one) => !one.includes('\0'));

function value() {
  return fc.constantFrom(
    ...['true', 'false', '1', '0', '1883', '8883 127.0.0.1', '0 /run/x.sock', '-1', '70000', 'x'],
    ...['tlsv1.2', '/etc/mosquitto/conf.d', 'websockets', 'ipv4', 'stdout', 'all', '# both 0', ''],
    ...['10.0.0.1:1883', '3d', 'localhost', 'DEFAULT', 'é', '\ufeff'],
  );
}

function spaced([option, rest]: [string, string]): string {
  return `${option} ${rest}`;
}

/** The outcome, without the objects inside. */
async function outcome(content: string | Uint8Array, broker: string) {
  const files = { 'mosquitto.conf': content, 'conf.d/a.conf': 'listener 1999\n' };
  const configuration = await read(files, broker);
  const means = effective(configuration, broker);
  const findings = await audit(filesOf(files), main, broker);
  return { means, error: configuration.error, findings };
}

describe('reading', () => {
  test('takes any bytes, ends, and gives an answer that holds together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          text.map((one) => Buffer.from(one)),
        ),
        version,
        async (bytes, broker) => {
          const { means } = await outcome(bytes, broker);
          expect(means.loads).toBe(means.firstError === null);
          expect(means.loads).toBe(means.listeners.length > 0);
          for (const one of means.listeners) {
            expect(one.addresses.length).toBeGreaterThan(0);
            if (one.requiresClientCertificate || one.minimumTls !== null)
              expect(one.tls).toBe(true);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('gives the same answer for the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(text, version, async (content, broker) => {
        expect(await outcome(content, broker)).toEqual(await outcome(content, broker));
      }),
      { numRuns: 100 },
    );
  });

  test('a comment, a blank line at the end, changes nothing', async () => {
    const tail = fc.constantFrom('# end\n', '\n', '#', '\r\n', '     \n');
    await fc.assert(
      fc.asyncProperty(text, tail, version, async (content, more, broker) => {
        expect(await outcome(content + more, broker)).toEqual(await outcome(content, broker));
      }),
      { numRuns: 200 },
    );
  });

  test('Windows line ends and blanks in front of an option change nothing', async () => {
    const plain = fc
      .array(fc.tuple(fc.constantFrom(...optionNames()), value()).map(spaced), { maxLength: 10 })
      // Where the whole rest of a line counts, a blank at its end does too; a lone CR does not.
      .map((lines) => lines.map((one) => one.trimEnd()));
    await fc.assert(
      fc.asyncProperty(plain, version, async (lines, broker) => {
        const as = (end: string, start: string) =>
          outcome(lines.map((one) => start + one + end).join(''), broker);
        const expected = await as('\n', '');
        expect(await as('\r\n', '')).toEqual(expected);
        expect(await as('\n', '  ')).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('comments between lines move places, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(text, version, async (content, broker) => {
        const { means } = await outcome(content, broker);
        const spread = await outcome(content.replaceAll('\n', '\n# remark\n'), broker);
        expect(spread.means.firstError).toBe(means.firstError);
        const seen = (one: typeof means) =>
          one.listeners.map(({ at: _, anonymousAt: __, clientIdPrefix, ...rest }) => ({
            ...rest,
            prefix: clientIdPrefix?.prefix,
          }));
        expect(seen(spread.means)).toEqual(seen(means));
      }),
      { numRuns: 200 },
    );
  });
});
