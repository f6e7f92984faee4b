import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { answersOf, corpusIsHere, filesOf, resolved, sets } from '../../support/brokers/corpus.ts';
import { main } from '../../support/brokers/reading.ts';

/**
 * What cannot be known from a configuration: a port that the system chose, and the protocol of a
 * door that nobody gets through ("unknown").
 */
function comparable(
  one: Record<'port' | 'protocol' | 'tls' | 'anonymous', unknown>,
  more: unknown[],
) {
  const port = Number(one.port) >= 32768 ? 0 : one.port;
  const protocol = one.anonymous === 'refused' && one.tls ? 'any' : one.protocol;
  return JSON.stringify([port, protocol, one.tls, one.anonymous, ...more]);
}

describe.skipIf(!corpusIsHere)('the real brokers’ answers (corpus beside the repository)', () => {
  test.each(sets)('%s: %s', async (set, truth, count) => {
    const answers = answersOf(truth);
    const wrong: unknown[] = [];
    let right = 0;
    for (const answer of answers) {
      const version = answer.broker_version;
      const configuration = await readConfiguration(filesOf(set, answer), main, version);
      const { loads, firstError, firstErrorAt, listeners } = effective(configuration, version);
      const at = answer.error_at?.replaceAll("'", '');
      const ours = {
        loads,
        firstError,
        at: at === undefined ? undefined : `${firstErrorAt?.file}:${firstErrorAt?.line}`,
        listeners: listeners
          .map((one) =>
            comparable(one, [
              one.addresses.map((address) => resolved[address] ?? address).sort(),
              one.minimumTls,
              one.requiresClientCertificate,
            ]),
          )
          .sort(),
      };
      const theirs = {
        loads: answer.loads,
        firstError: answer.first_error,
        at,
        listeners: answer.listeners
          .map((one) =>
            comparable({ ...one, protocol: one.port === 0 ? 'unix' : one.protocol }, [
              [...one.addresses].sort(),
              one.min_tls,
              one.requires_client_cert,
            ]),
          )
          .sort(),
      };
      if (JSON.stringify(ours) === JSON.stringify(theirs)) right += 1;
      else wrong.push({ case: answer.case, version, ours, theirs });
    }
    expect(wrong).toEqual([]);
    expect(right).toBe(count);
  });
});
