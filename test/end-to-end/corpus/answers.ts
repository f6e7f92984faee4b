import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Suite } from '../../support/hosts/suites.ts';

/** Configurations with what the real brokers did, kept beside the repository where there are any. */
const folder = resolve(import.meta.dirname, '../../../../shared/corpus');
export const isHere = existsSync(folder);

/** One door of a broker, as the corpus tells it. */
export interface Door {
  /** 0 for a unix socket. */
  port: number;
  addresses: string[];
  protocol: 'mqtt' | 'websockets' | 'unknown';
  tls: boolean;
  psk: boolean;
  requires_client_cert: boolean;
  anonymous: 'accepted' | 'refused';
}

/** A configuration that loads on one version, and how the real broker served with it. */
export interface Case {
  /** For example `real 014 as conf.d/local.conf`. */
  name: string;
  /** Where each file goes below /etc/mosquitto. */
  files: Map<string, Buffer>;
  doors: Door[];
}

interface Answer {
  case: string;
  mode: 'main' | 'confd';
  broker_version: string;
  loads: boolean;
  listeners: Door[];
}

const sets = [
  ['real', 'truth-real.json'],
  ['real', 'truth-real-as-conf.d.json'],
  ['trees', 'truth-trees.json'],
  ['derived', 'truth-derived.json'],
  ['facts', 'truth-facts.json'],
] as const;

const version: Readonly<Record<Suite, string>> = {
  bookworm: '2.0.11',
  trixie: '2.0.21',
  forky: '2.1.2',
};

const leftOut = new Set([
  // Needs a broker that is started as root; the unit of that Debian does not.
  'forky port-80-root',
  // It hangs up on whoever has just come, at random (mosquitto#3286): on the observer, too.
  'trixie alone-max_keepalive',
  'trixie withL2-max_keepalive',
]);

/** Every configuration that loads on the broker of that Debian release; none without the corpus. */
export function casesFor(suite: Suite): Case[] {
  if (!isHere) return [];
  return sets.flatMap(([set, truth]) => {
    const answers: Answer[] = JSON.parse(readFileSync(join(folder, truth), 'utf8'));
    return answers
      .filter((one) => one.loads && one.broker_version === version[suite])
      .filter((one) => !leftOut.has(`${suite} ${one.case}`))
      .map((one) => ({
        name: `${set} ${one.case}${one.mode === 'confd' ? ' as conf.d/local.conf' : ''}`,
        files: filesOf(join(folder, set, one.case), one.mode),
        doors: one.listeners,
      }));
  });
}

function filesOf(path: string, mode: Answer['mode']): Map<string, Buffer> {
  if (!existsSync(path))
    return new Map([
      [mode === 'main' ? 'mosquitto.conf' : 'conf.d/local.conf', readFileSync(`${path}.conf`)],
    ]);
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(path, name))]));
}
