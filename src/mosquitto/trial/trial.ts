import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { HostError } from '../../errors/host-error.ts';
import { Trouble, type TroubleDetails } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { exitName, scriptCommand } from '../../host-scripts/script.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import type { ConfigurationFiles } from '../config/files/files.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { type Plugin, textOf } from '../config/model/memory.ts';
import type { Place } from '../config/model/place.ts';
import { withoutQuotedSecret } from '../config/model/secret-lines.ts';
import type { Broker } from '../service/broker.ts';
import { type TreeOptions, type TrialTree, trialTree } from './trial-tree.ts';

/** A second broker on the broker's host, started with a configuration that is not in place yet. */
export interface Trial {
  /** Where its files are on that host; nothing is left of it afterwards. */
  readonly folder: string;
  /** The plugins that it goes without: what they decide is not tried. */
  readonly without: Plugin[];
  /** Opens a connection to what will be this port. */
  connect(port: number): Promise<Duplex>;
  /** Ends it and takes its folder away. Idempotent. */
  stop(): Promise<void>;
}

/** The broker's own answer to a configuration: it does not start with it. */
export class Refused extends Trouble {
  /** The line that is to blame, where the broker or the name of a file in its words tells it. */
  readonly place: Place | null;
  /** The plugins that the trial went without. */
  readonly without: Plugin[];
  constructor(place: Place | null, without: Plugin[], more: TroubleDetails) {
    super('The new configuration was tried beside the broker, and does not start.', more);
    this.place = place;
    this.without = without;
  }
}

export interface TrialOptions extends Pick<TreeOptions, 'switched' | 'tryPlugins'> {
  /** Seconds after which it ends by itself, should nobody end it. */
  life?: number;
  /** It has only to start, and is ended at once. */
  once?: boolean;
}

/** Where its folder is made; a practice broker's is in the folder for temporary files, too. */
const place = '/tmp';

/** Seconds after which a trial ends by itself, should nobody end it. */
const longestLife = 60;

/**
 * Starts a configuration beside the live broker, as the service's own user, on unix sockets, without
 * touching the live one's pid file, database, log or ports: its passwords, access lists and what known
 * plugins keep are copies, and other plugins are left out, unless `tryPlugins`. (`mosquitto
 * --test-config` is no help: it does not look at files, is there from 2.1 on only, and empties the live
 * database; mosquitto#3712.) Throws a Trouble with the broker's own words, in terms of the real files, when it does not start.
 */
export async function startTrial(
  { host, layout, program, service }: Broker,
  configuration: Configuration,
  files: ConfigurationFiles,
  { life = longestLife, once = false, ...options }: TrialOptions = {},
): Promise<Trial> {
  // Nobody can have planted anything under a name that cannot be guessed; it is made, or it fails.
  const folder = `${place}/lockstep-shadow.${randomBytes(12).toString('hex')}`;
  const stop = async () => {
    await host.run(scriptCommand('mosquitto/trial/stop', folder), {
      root: true,
      doing: 'Ending the trial beside the broker',
    });
  };
  const owner = layout.keyOwner?.owner ?? '';
  const withoutUser = owner !== '';
  const tree = await trialTree(configuration, files, folder, { ...options, withoutUser });
  const copies = [...tree.copies].map(([path, copy]) => [copy, Buffer.from(path)] as const);
  const input = [...tree.files, ...copies].map(
    ([place, bytes]) => `${place}\t${bytes.toString('base64')}\n`,
  );
  const named = textOf(configuration.memory.broker, 'user') ?? '';
  const args = [
    ...[folder, String(life), owner, named, once ? 'once' : ''],
    ...[program, service.unit ?? '', layout.cwd],
  ];
  try {
    const started = await host.run(scriptCommand('mosquitto/trial/start', ...args), {
      root: true,
      doing: 'Starting a trial beside the broker',
      input: input.join(''),
      timeoutSeconds: 30,
    });
    if (exitName('mosquitto/trial/start', started.code) === 'refused')
      throw refused(started.stdout, folder, tree, configuration);
    if (started.code !== 0) throw notStarted(host.name, started.stderr);
    return {
      folder,
      without: tree.without,
      stop,
      connect: (port) => connect(host, `${folder}/${tree.sockets.get(port) ?? port}`),
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/**
 * The broker lets ten connections to a socket wait (listen(2)); the kernel turns others away at once, unlike
 * at a port. Whoever is, comes again, for 1.5 seconds: over SSH it cannot be told from a ban on forwarding.
 */
async function connect(host: Host, path: string): Promise<Duplex> {
  for (let pause = 50; ; pause *= 2) {
    try {
      return await host.connectSocket(path);
    } catch (error) {
      if (pause > 1000 || !(error instanceof HostError && error.kind === 'failed')) throw error;
      await setTimeout(pause);
    }
  }
}

/** The trial's words, with the names of the real files in place of the copies'. */
function refused(
  log: string,
  folder: string,
  { places, copies, without }: TrialTree,
  configuration: Configuration,
): Refused {
  const named = (line: string) =>
    [...places, ...copies].reduce(
      (text, [real, copy]) => text.replaceAll(`${folder}/${copy}`, real),
      line,
    );
  const words = cleanLines(log, 12)
    .map((line) => withoutQuotedSecret(line.replace(/^\d+: /, '')))
    .map(named)
    .filter(
      (line) => !/Loading config file|mosquitto version|running mosquitto as user/.test(line),
    );
  const error = words.find((line) => line.includes('Error')) ?? '';
  const place = placeIn(words, configuration);
  const where = place ? ` (${clean(place.file, 200)}, line ${place.line})` : '';
  return new Refused(place, without, {
    likely: error ? `${error}${where}` : 'Its own words are below.',
    next: 'Put that right and try again. The broker that serves now was not touched.',
    detail: words.join('\n'),
  });
}

/** `the plugin /opt/go-auth.so`, for sentences. */
export function pluginWords(plugins: readonly Plugin[]): string {
  const paths = plugins.map(({ path }) => clean(path, 200));
  return `the plugin${paths.length === 1 ? '' : 's'} ${paths.join(', ')}`;
}

/** `Error found at FILE:LINE.`, or the line that names the file which the broker could not use. */
function placeIn(words: string[], { directives }: Configuration): Place | null {
  for (const word of words) {
    const [, file, line] = /found at (.+):(\d+)/.exec(word) ?? [];
    if (file) return { file, line: Number(line) };
    const [, path] = /Error.*"([^"]+)"/.exec(word) ?? [];
    const directive = directives.find((one) => path !== undefined && one.value.trim() === path);
    if (directive) return { file: directive.file, line: directive.line };
  }
  return null;
}

function notStarted(name: string, words: string): Trouble {
  return new Trouble(`The new configuration could not be tried on ${name}.`, {
    likely: /No space/.test(words)
      ? 'The disk there is full.'
      : 'The words of the machine are below.',
    next: 'Put that right and try again. The broker that serves now was not touched.',
    detail: cleanLines(words, 4).join('\n'),
  });
}
