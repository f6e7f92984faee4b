import type { Goal } from '../../mosquitto/candidate/access.ts';
import type { Candidate } from '../../mosquitto/candidate/candidate.ts';
import { behaviourOf } from '../../mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../mosquitto/config/model/configuration.ts';
import { knownPlugin } from '../../mosquitto/config/model/known-plugins.ts';
import type { Plugin } from '../../mosquitto/config/model/memory.ts';
import type { Effective } from '../../mosquitto/effective/listener.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import { pluginsFor } from '../../mosquitto/effective/protection.ts';
import { clean } from '../../text/clean.ts';
import type { Setup } from '../contract/setup.ts';

// What says which topics a client may use: access lists, and plugins, each of the listener that it counts for.

interface Read {
  configuration: Configuration;
  effective: Effective;
}

/**
 * The access list, where it bars clients (`barredClients`), and the plugins that decide about those with a
 * certificate, one sentence each.
 */
export function alsoDecides(
  { answers, broker }: Setup,
  candidate: Candidate,
  barred: readonly string[],
): string[] {
  const { tls } = answers.ports;
  const [list] = listsAt(candidate, tls);
  return [
    ...(list !== undefined && barred.length > 0
      ? [
          `The access list ${clean(list)} counts for certificates, too: it must allow ${barred.join(', ')}.`,
        ]
      : []),
    ...pluginsAt(candidate, tls, broker.version).map(
      ({ path, place: { file, line } }) =>
        `The plugin ${clean(path, 200)} (${file}, line ${line}) decides, too.${madeKnown(path, answers.clients[0]?.name ?? '')}`,
    ),
  ];
}

/** Where settings stay apart, what rules the plain port says nothing of those who move. */
export function freeOfRules(
  { broker }: Setup,
  { ports }: Goal,
  before: Read,
  after: Read,
): string[] {
  const { plain, tls } = ports;
  if (plain === null) return [];
  const rulesAt = (read: Read, port: number) => [
    ...listsAt(read, port).map((list) => `The access list ${clean(list, 200)}`),
    ...pluginsAt(read, port, broker.version).map(({ path }) => `The plugin ${clean(path, 200)}`),
  ];
  const there = rulesAt(after, tls);
  const free =
    there.length > 0 ? '' : ': who has a certificate may read and write every topic there';
  return rulesAt(before, plain)
    .filter((rule) => !there.includes(rule))
    .map((rule) => `${rule} of port ${plain} does not hold at port ${tls}${free}.`);
}

const listsAt = ({ effective }: Pick<Read, 'effective'>, port: number): string[] => [
  ...new Set(
    effective.listeners
      .filter((one) => one.port === port)
      .flatMap(({ settings, settingsAt = {} }) => [settings, ...Object.values(settingsAt)])
      .flatMap(({ aclFile }) => aclFile ?? []),
  ),
];

/** Of a plugin that is not known it is taken that it has a say. */
function pluginsAt(
  { configuration: { memory } }: Pick<Read, 'configuration'>,
  port: number,
  version: string,
): Plugin[] {
  const behaviour = behaviourOf(version);
  const all = memory.listeners
    .filter((one) => portOf(one) === port)
    .flatMap((one) => pluginsFor(one, memory, behaviour));
  return [...new Set(all)].filter(({ path }) => knownPlugin(path)?.decidesTopics ?? true);
}

/** Dynamic security knows its clients by name; without a role they can do nothing. */
const madeKnown = (plugin: string, client: string): string =>
  knownPlugin(plugin)?.name === 'dynamic security'
    ? ` It has to know each client: mosquitto_ctrl dynsec createClient ${client}; mosquitto_ctrl dynsec addClientRole ${client} ROLE.`
    : '';
