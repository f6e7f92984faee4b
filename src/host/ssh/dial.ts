import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { HostError } from '../../errors/host-error.ts';
import { clean } from '../../text/clean.ts';
import { within } from '../programs/within.ts';
import type { SshSettings } from './config/settings.ts';
import { type Progress, unreachable } from './failure.ts';
import type { Accepted } from './host-key/accepted-keys.ts';
import { HostKeyCheck, type HostKeyPolicy } from './host-key/host-key.ts';
import { noneInCommon, noneLeft } from './host-key/refusals.ts';
import type { OneAgentKey } from './login/agent.ts';
import { Login } from './login/login.ts';
import { collectOffers, type OfferSources } from './login/offers.ts';
import type { Secrets } from './login/secrets.ts';

/** A host to log in to, and how. */
export interface Route {
  /** As it is called here, by the name that was typed: with an alias one knows it, and gives its secrets. */
  name: string;
  settings: SshSettings;
  keys: OfferSources;
  /** The host keys that were confirmed beforehand. */
  accept: Accepted;
  /** The host before it on the way. */
  through?: Route;
}

/** What a session knows and may ask, for all its connections. */
export interface Caller {
  secrets: Secrets;
  policy: Omit<HostKeyPolicy, 'accept'>;
  /** Each wait for the other side ends after this; waiting for a person does not count. */
  timeoutSeconds: number;
  /** Host keys seen in this session, by name: a reconnect must meet the same. */
  seenKeys: Map<string, Buffer>;
  signal?: AbortSignal;
}

/** A host that refuses many keys hangs up; so often it is called again with the rest of them. */
const redials = 3;

/** Logs in, through the hosts before it. Ending the client ends those connections, too. */
export async function dial(route: Route, caller: Caller): Promise<Client> {
  const { name, settings, accept } = route;
  if (settings.hostKeyTerms.algorithms.length === 0) throw noneLeft(name);
  const gate = route.through && (await dial(route.through, caller));
  try {
    const login = new Login(
      name,
      settings.user,
      await collectOffers(route.keys, caller.secrets),
      caller.secrets,
    );
    const policy = { ...caller.policy, accept };
    const hostKey = await HostKeyCheck.load(settings, policy, caller.seenKeys.get(name));
    const client = await logIn({ name, settings, gate, login, hostKey, caller });
    if (hostKey.pinned) caller.seenKeys.set(name, hostKey.pinned);
    if (gate) client.once('close', () => hangUp(gate));
    return client;
  } catch (error) {
    if (gate) hangUp(gate);
    throw error;
  }
}

/** Takes leave; a server that never hangs up itself, or a dead network, would keep the socket, and with it the program. */
export function hangUp(client: Client): void {
  client.end();
  const late = setTimeout(() => letGo(client), 1000);
  late.unref();
  client.once('close', () => clearTimeout(late));
}

/** Not by `destroy`, which leaves a socket alone that was told its end: on a dead network that one would stay for minutes. */
const letGo = (client: Client) => (client as { _sock?: Duplex })._sock?.destroy();

interface Call {
  name: string;
  settings: SshSettings;
  gate: Client | undefined;
  login: Login;
  hostKey: HostKeyCheck;
  caller: Caller;
}

async function logIn(call: Call): Promise<Client> {
  const { login, hostKey } = call;
  for (let refusals = 0; ; ) {
    const outcome = await connectOnce(call);
    if ('client' in outcome) return outcome.client;
    if (outcome.refusedKey) await hostKey.decide(outcome.refusedKey);
    else if (outcome.whileAsking) await login.answeredTooLate();
    else if (!outcome.hungUp || login.done || ++refusals >= redials) throw outcome.error;
  }
}

type Outcome =
  | { client: Client }
  | { error: HostError; refusedKey?: Buffer; whileAsking: boolean; hungUp: boolean };

/** One connection, up to the end of the login. */
async function connectOnce({
  name,
  settings,
  gate,
  login,
  hostKey,
  caller,
}: Call): Promise<Outcome> {
  const { hostname, port, user } = settings;
  const at = `${hostname} port ${port}`;
  const sock = gate && (await forward(gate, settings, caller));
  const client = new ssh2.Client();
  // Every program on it waits for its end, too. Node would print a warning over the screen.
  client.setMaxListeners(0);
  let progress: Progress = 'nothing';
  let refusedKey: Buffer | undefined;
  let agent: OneAgentKey | undefined;
  let remembered: Promise<void> | undefined;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const rearm = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (login.asking || agent?.signing) rearm();
        else fail(new Error('time limit'));
      }, caller.timeoutSeconds * 1000);
    };
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      agent?.leave();
      caller.signal?.removeEventListener('abort', cancel);
      resolve(remembered ? remembered.then(() => outcome) : outcome);
    };
    const fail = (cause: Error & { level?: string }) => {
      const hungUp = /Too many authentication failures/.test(cause.message);
      const byLogin = hungUp || login.brokenOff || cause.level === 'client-authentication';
      settle({
        error:
          cause instanceof HostError
            ? cause
            : byLogin
              ? login.explain(cause)
              : /no matching host key format/.test(cause.message)
                ? noneInCommon(name, hostKey.algorithms)
                : unreachable(name, at, cause, progress),
        ...(refusedKey && { refusedKey }),
        whileAsking: login.asking !== undefined,
        hungUp,
      });
      letGo(client);
    };
    const cancel = () => {
      settle({
        error: new HostError('cancelled', `Connecting to ${name} was cancelled.`),
        whileAsking: false,
        hungUp: false,
      });
      letGo(client);
    };
    const config: ConnectConfig = {
      host: hostname,
      port,
      username: user,
      ...(sock && { sock }),
      readyTimeout: 0, // It would go on while somebody compares a fingerprint; `rearm` does not.
      // A link that has gone silent is noticed after 20 to 25 seconds.
      keepaliveInterval: 5_000,
      keepaliveCountMax: 4,
      algorithms: { serverHostKey: hostKey.algorithms as never },
      // In no other way is it told what the server has.
      debug: (words) => {
        const kinds = /^Handshake: \(remote\) Host key format: (.*)$/.exec(words)?.[1];
        if (kinds !== undefined) hostKey.offered(kinds);
      },
      hostVerifier: (key: Buffer, verify: (good: boolean) => void) => {
        hostKey.isTrusted(key).then((good) => {
          if (!good) refusedKey = key;
          verify(good);
        }, fail);
      },
      authHandler: (methods, partial, next) => {
        rearm();
        login.next(methods, partial).then((method) => {
          agent = method && 'agent' in method ? (method.agent as OneAgentKey) : undefined;
          next(method as never);
        }, fail);
      },
    };
    caller.signal?.addEventListener('abort', cancel);
    rearm();
    // Errors go on coming after the first; an emitter without a listener would end the program.
    client.on('error', fail);
    client.on('close', () => fail(new Error('closed')));
    client.on('connect', () => {
      // With Nagle's algorithm two packets in a row cost a round trip, and a command 40 ms.
      client.setNoDelay(true);
      progress = 'connected';
      // Through another host its address is not ours to know.
      if (!gate) hostKey.reached((client as { _sock?: Socket })._sock?.remoteAddress);
      rearm();
    });
    client.on('handshake', () => {
      progress = 'handshake';
      remembered = hostKey.remember();
      rearm();
    });
    client.on('ready', () => settle({ client }));
    client.connect(config);
  });
}

/** A connection to the next host, made by the one before it. */
function forward(gate: Client, { hostname, port }: SshSettings, caller: Caller): Promise<Duplex> {
  const at = `${hostname} port ${port}`;
  const opened = new Promise<Duplex>((resolve, reject) => {
    gate.forwardOut('127.0.0.1', 0, hostname, port, (error, stream) => {
      if (!error) resolve(stream);
      else
        reject(
          new HostError('unreachable', `The jump host cannot reach ${at}.`, {
            likely: /refused/i.test(error.message)
              ? 'Nothing listens there: the SSH server is not running, or uses another port.'
              : 'The name is not known there, or the jump host forwards nothing.',
            next: `Try \`ssh -J JUMPHOST ${hostname}\` by hand; look at ProxyJump in ~/.ssh/config.`,
            detail: clean(error.message, 200),
          }),
        );
    });
  });
  return within(
    opened,
    {
      seconds: caller.timeoutSeconds,
      what: `The jump host, asked for a connection to ${at},`,
      likely:
        'The machine behind it is off, or a firewall swallows everything; or it hangs itself.',
      next: `Try \`ssh -J JUMPHOST ${hostname}\` by hand.`,
    },
    (late) => late.destroy(),
  );
}
