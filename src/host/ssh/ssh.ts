import type { Client } from 'ssh2';
import { HostError } from '../../errors/host-error.ts';
import type { Host } from '../api/host.ts';
import type { Start } from '../api/running.ts';
import { type Trace, traced } from '../api/trace.ts';
import { hostOn } from '../assemble.ts';
import { Sudo } from '../sudo/sudo.ts';
import { Channels } from './channels.ts';
import type { ConfigResolver } from './config/settings.ts';
import { type Caller, dial, hangUp, type Route } from './dial.ts';
import { acceptedFor } from './host-key/accepted-keys.ts';
import type { SshAsk } from './login/ask.ts';
import { Secrets } from './login/secrets.ts';
import { remotePort, remoteSocket } from './port.ts';
import { parseTarget, type SshTarget, targetName } from './syntax/target.ts';

export interface SshOptions {
  /** Finds out what ~/.ssh/config says; see `sshConfig`. */
  configResolver: ConfigResolver;
  /** How questions are put; what is missing cannot be asked. */
  ask: SshAsk;
  user?: string;
  port?: number;
  /** Private keys for the target; only these are offered then. */
  identityFiles?: readonly string[];
  /** SSH_AUTH_SOCK. */
  agentSocket?: string;
  /** Fingerprints that are confirmed, each for one machine: `SHA256:...`, or `HOST=SHA256:...`. */
  acceptHostKey?: string | readonly string[];
  /** The machine whose fingerprints have no name before them; the target unless told. */
  plainHostKeysOf?: SshTarget;
  /** Take the key of a host that is not known yet without asking. Never a changed one. */
  acceptNewHostKey?: boolean;
  /** For each wait on the way in, people's time not counted. 20 unless told. */
  timeoutSeconds?: number;
  /** Gives up connecting. */
  signal?: AbortSignal;
  /** Told what is no error but should be known. */
  notice?: (text: string) => void;
  /** Told every action there. */
  trace?: Trace | undefined;
}

/**
 * Connects to `[user@]host[:port]` by SSH. One connection serves everything; when it breaks, what ran on it ends with HostError `lost`, and the next action makes a
 * new one, to the same host key, without asking for any secret again.
 */
export async function connectSsh(target: string, options: SshOptions): Promise<Host> {
  const { user, port, ask, signal, timeoutSeconds = 20 } = options;
  const notice = options.notice ?? (() => {});
  const given = {
    ...parseTarget(target),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
  };
  const route = await routeTo(given, { plainHostKeysOf: given, ...options }, notice);
  const caller: Caller = {
    secrets: new Secrets(ask, route.name),
    policy: {
      ask,
      acceptNew: options.acceptNewHostKey ?? false,
      notice,
    },
    timeoutSeconds,
    seenKeys: new Map(),
    ...(signal && { signal }),
  };
  const { name } = route;
  const lines = Array.from({ length: mostLines }, () => new Line(() => dial(route, caller)));
  const [line] = lines as [Line];
  const closeAll = async () => void (await Promise.all(lines.map((each) => each.close())));
  try {
    await traced(
      options.trace,
      { host: name, root: false, what: 'Logging in' },
      () => line.client(),
      () => 0,
    );
    const { channels, start } = lanes(lines, name);
    const root = new Sudo({
      ...{ start, spare: channels.spare, where: name, user: route.settings.user, ask },
      refused: () => {
        for (const each of lines) each.renew();
      },
    });
    channels.crowded = () => root.yield();
    return hostOn({
      name,
      kind: 'ssh',
      start,
      root,
      setsOwner: true,
      connectSocket: async (path) => remoteSocket(await line.client(), name, path),
      connectPort: async (address, port) => remotePort(await line.client(), name, address, port),
      close: closeAll,
      trace: options.trace,
    });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** One connection is enough, unless its server gives it few sessions (MaxSessions): then there may be so many. */
const mostLines = 3;

/**
 * Starts programs on the first connection, and on another one where the server has no room for them there: a session
 * that stays (the lock on a broker) would leave none where there is one.
 */
function lanes(lines: readonly Line[], name: string): { channels: Channels; start: Start } {
  const all = lines.map((line) => new Channels(() => line.client(), name));
  const last = all.at(-1) as Channels;
  for (const one of all)
    one.elsewhere = (argv, signal) => {
      const free = all.find((other) => !other.isFull);
      return free ? free.start(argv, signal) : last.inTurn(argv, signal);
    };
  const [channels] = all as [Channels];
  return { channels, start: channels.start };
}

/** The connection that is there now. */
class Line {
  readonly #dial: () => Promise<Client>;
  readonly #old: Promise<Client>[] = [];
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(dial: () => Promise<Client>) {
    this.#dial = dial;
  }

  client(): Promise<Client> {
    if (this.#closed)
      return Promise.reject(new HostError('cancelled', 'The connection was closed.'));
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    try {
      const client = await this.#dial();
      const current = this.#client;
      client.once('close', () => {
        if (this.#client === current) this.#client = undefined;
      });
      return client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  /** The next action logs in anew; what still runs is left to end. */
  renew(): void {
    if (this.#client) this.#old.push(this.#client);
    this.#client = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.renew();
    for (const old of this.#old.splice(0)) {
      const client = await old.catch(() => undefined);
      if (client) hangUp(client);
    }
  }
}

/** So many hosts on the way are a circle. */
const mostHops = 8;

async function routeTo(
  target: SshTarget,
  options: SshOptions & Required<Pick<SshOptions, 'plainHostKeysOf'>>,
  notice: (text: string) => void,
  jumps?: readonly string[],
  hops = 0,
): Promise<Route> {
  const settings = await options.configResolver(target.host, target);
  for (const note of settings.notes) notice(note);
  const way = jumps ?? settings.jumps;
  if (settings.proxyCommand !== undefined && way.length === 0) throw noProxyCommand(target.host);
  if (hops > mostHops || way.includes(target.host)) throw circle(target.host);
  const last = way.at(-1);
  const before = way.slice(0, -1);
  // Files named for this run are for the target; a jump host has its own configuration.
  const named = hops === 0 ? options.identityFiles : undefined;
  const agent =
    settings.agentSocket === 'none' ? undefined : (settings.agentSocket ?? options.agentSocket);
  const accept = [options.acceptHostKey ?? []].flat();
  return {
    name: targetName({ ...settings, hostname: target.host }),
    settings,
    accept: acceptedFor(target, settings.port, accept, options.plainHostKeysOf),
    keys: {
      identityFiles: named ?? settings.identityFiles,
      identitiesOnly: named !== undefined || settings.identitiesOnly,
      named: named !== undefined,
      ...(agent !== undefined && { agentSocket: agent }),
    },
    ...(last !== undefined && {
      through: await routeTo(
        parseTarget(last),
        options,
        notice,
        before.length > 0 ? before : undefined,
        hops + 1,
      ),
    }),
  };
}

function circle(host: string): HostError {
  return new HostError('unreachable', `The way to ${host} leads in a circle.`, {
    likely: 'ProxyJump in ~/.ssh/config names hosts that name each other.',
    next: `Look at \`ssh -G ${host} | grep proxyjump\`.`,
  });
}

function noProxyCommand(host: string): HostError {
  return new HostError('unreachable', `${host} is reached by a ProxyCommand.`, {
    likely: 'Lockstep goes through other hosts with ProxyJump only.',
    next: 'Write `ProxyJump HOST` instead in ~/.ssh/config, or run lockstep on the host in between.',
  });
}
