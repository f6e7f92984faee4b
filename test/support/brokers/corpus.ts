import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ConfigurationFiles, overlay } from '../../../src/mosquitto/config/files/files.ts';
import { folderAsMosquitto } from '../../../src/mosquitto/config/files/folder-files.ts';
import { main } from './reading.ts';

/**
 * Configurations with what the real brokers did, kept beside the repository where there are any.
 * One record per file and version.
 */
export const corpus = resolve(import.meta.dirname, '../../../../shared/corpus');
export const corpusIsHere = existsSync(corpus);

export interface Answer {
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
    psk?: boolean;
    min_tls: string | null;
    requires_client_cert: boolean;
    anonymous: string;
    /** The one user of every password file; absent where it was not tried. */
    login?: string;
  }[];
}

/** The sets of the corpus: a folder, the file of its answers, and how many there are. */
export const sets = [
  ['real', 'truth-real.json', 180],
  ['real', 'truth-real-as-conf.d.json', 180],
  ['trees', 'truth-trees.json', 9],
  ['derived', 'truth-derived.json', 192],
  ['facts', 'truth-facts.json', 782],
] as const;

// The probe of one socket failed in this measurement, not the broker.
const misread = (answer: Answer) =>
  answer.case === 'alone-max_keepalive' && answer.broker_version === '2.0.21';

// The probe's id did not begin as asked; that of a client, which it chooses itself, may.
const withPrefix = (answer: Answer): Answer =>
  answer.case === 'clientid_prefixes-other'
    ? {
        ...answer,
        listeners: answer.listeners.map((one) => ({
          ...one,
          anonymous: 'accepted',
          login: 'accepted',
        })),
      }
    : answer;

export const answersOf = (truth: string): Answer[] =>
  (JSON.parse(readFileSync(join(corpus, truth), 'utf8')) as Answer[])
    .filter((one) => !misread(one))
    .map(withPrefix);

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

export function filesOf(set: string, answer: Answer): ConfigurationFiles {
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
export const resolved: Record<string, string> = { xiaoqiang: '10.99.0.1' };
