import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { effective } from '../../src/mosquitto/effective.ts';
import { type ConfigurationFiles, folderAsMosquitto, overlay } from '../../src/mosquitto/files.ts';
import { readConfiguration } from '../../src/mosquitto/read.ts';
import { main } from './reading.ts';

/**
 * Configurations with what the real brokers did, kept beside the repository where there are any.
 * One record per file and version.
 */
const corpus = resolve(import.meta.dirname, '../../../shared/corpus');

interface Answer {
  case: string;
  mode: 'main' | 'confd';
  broker_version: string;
  loads: boolean;
  first_error: string | null;
  error_at: string | null;
  listeners: {
    port: number;
    addresses: string[];
    protocol: string;
    tls: boolean;
    min_tls: string | null;
    requires_client_cert: boolean;
    anonymous: string;
  }[];
}

/** Debian's own main file, as far as it matters. */
function debianMain(version: string): string {
  const pid = version === '2.0.11' ? 'pid_file /run/mosquitto/mosquitto.pid\n' : '';
  const file = 'log_dest file /var/log/mosquitto/mosquitto.log\n';
  return `${pid}persistence true\npersistence_location /var/lib/mosquitto/\n${file}include_dir /etc/mosquitto/conf.d\n`;
}

/** Include folders were there and empty; one with a blank at its end was not. */
const emptyFolders: ConfigurationFiles = {
  read: async () => null,
  list: async (folder) => (folder === folder.trim() ? [] : null),
  nameOf: async (folder) => folder,
};

function filesOf(set: string, answer: Answer): ConfigurationFiles {
  const path = join(corpus, set, answer.case);
  if (existsSync(path) && statSync(path).isDirectory()) return folderAsMosquitto(path);
  const bytes = readFileSync(`${path}.conf`);
  const files: [string, Uint8Array][] =
    answer.mode === 'main'
      ? [[main, bytes]]
      : [
          [main, Buffer.from(debianMain(answer.broker_version))],
          ['/etc/mosquitto/conf.d/local.conf', bytes],
        ];
  return overlay(emptyFolders, new Map(files));
}

/** A name that only the measuring machine could resolve. */
const resolved: Record<string, string> = { xiaoqiang: '10.99.0.1' };

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

// The probe of one socket failed in this measurement, not the broker.
const misread = (answer: Answer) =>
  answer.case === 'alone-max_keepalive' && answer.broker_version === '2.0.21';

// The probe's id did not begin as asked; that of a client, which it chooses itself, may.
const withoutPrefix = (answer: Answer) => answer.case === 'clientid_prefixes-other';

describe.skipIf(!existsSync(corpus))(
  'the real brokers’ answers (corpus beside the repository)',
  () => {
    test.each([
      ['real', 'truth-real.json', 180],
      ['real', 'truth-real-as-conf.d.json', 180],
      ['trees', 'truth-trees.json', 9],
      ['derived', 'truth-derived.json', 192],
      ['facts', 'truth-facts.json', 782],
    ])('%s: %s', async (set, truth, count) => {
      const answers: Answer[] = JSON.parse(readFileSync(join(corpus, truth), 'utf8'));
      const wrong: unknown[] = [];
      let right = 0;
      for (const answer of answers.filter((one) => !misread(one))) {
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
              comparable(
                {
                  ...one,
                  protocol: one.port === 0 ? 'unix' : one.protocol,
                  ...(withoutPrefix(answer) && { anonymous: 'accepted' }),
                },
                [[...one.addresses].sort(), one.min_tls, one.requires_client_cert],
              ),
            )
            .sort(),
        };
        if (JSON.stringify(ours) === JSON.stringify(theirs)) right += 1;
        else wrong.push({ case: answer.case, version, ours, theirs });
      }
      expect(wrong).toEqual([]);
      expect(right).toBe(count);
    });
  },
);
