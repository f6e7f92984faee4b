import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type Connection } from 'ssh2';
import { fingerprint } from '../../../src/host/ssh/host-key/known-hosts.ts';
import type { TestHost } from '../../support/hosts/host.ts';
import { serverKey } from '../../support/ssh/server-key.ts';

// An SSH server in front of a real host, which passes on all that is asked and answered: the real sshd does the work.
// It counts its answers by their kind, and at one of them it stops: that one is never given.

/** The messages that a server sends (RFC 4253 section 12, RFC 4252 section 6, RFC 4254 section 9), by their numbers. */
export const kinds: Readonly<Record<number, string>> = {
  6: 'the service is accepted',
  7: 'what else it can',
  20: 'the algorithms',
  21: 'the new keys',
  31: "the server's half of the key exchange",
  51: 'a way in is refused',
  52: 'the login is accepted',
  60: 'the key would do',
  81: 'a request is granted',
  82: 'a request is refused (the sign of life)',
  91: 'a channel is opened',
  92: 'a channel is refused',
  93: 'there is room for more',
  94: 'output',
  95: 'output on standard error',
  96: 'the output has ended',
  97: 'the channel is closed',
  98: 'the exit status',
  99: 'the command is started',
};

/** So many programs sshd runs at once on a connection (sshd_config(5), MaxSessions). */
const mostSessions = 10;

/** One answer: the `nth` of its kind. */
export interface Point {
  kind: number;
  nth: number;
}

/** Of these only the like is kept back with it; of others all that the connection would say. */
const alone: ReadonlySet<number> = new Set([7, 81, 82, 92]);

export interface Middle extends AsyncDisposable {
  port: number;
  fingerprint: string;
  /** How many answers of each kind were given since `from`. */
  given: Map<number, number>;
  /**
   * From now on counts anew. At that answer it stops: what belongs to a channel ends there for this channel, everything
   * else for its connection, but for a few that stop alone.
   */
  from(point: Point | null): void;
  /** Whether it has come to the point where it stops. */
  stopped(): boolean;
}

export async function middle(host: TestHost): Promise<Middle> {
  const { private: hostKey, public: publicKey } = serverKey();
  const given = new Map<number, number>();
  let point: Point | null = null;
  let stopped = false;
  const open = new Set<Connection>();

  /** What this connection must not say any more. */
  function mute(connection: Connection): (packet: Buffer) => boolean {
    const channels = new Set<number>();
    const silent = new Set<number>();
    let all = false;
    return (packet) => {
      const kind = packet[5] ?? 0;
      const channel = kind >= 91 && kind <= 100 && kind !== 92 ? packet.readUInt32BE(6) : -1;
      const count = (given.get(kind) ?? 0) + 1;
      given.set(kind, count);
      if (open.has(connection) && kind === point?.kind && count === point.nth) {
        stopped = true;
        if (channel >= 0) channels.add(channel);
        else if (alone.has(kind)) silent.add(kind);
        else all = true;
      }
      // Of a number that is used again another channel is meant.
      if (kind === 91 && !(point?.kind === 91 && count === point.nth)) channels.delete(channel);
      return all || silent.has(kind) || channels.has(channel);
    };
  }

  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection)).on('error', () => {});
    hold(connection, mute(connection));
    let real: Promise<Client> | undefined;
    let sessions = 0;
    connection.on('authentication', (attempt) => {
      if (attempt.method !== 'publickey') attempt.reject(['publickey']);
      else attempt.accept();
    });
    connection.on('ready', () => {
      real = login(host);
      real.then((client) => {
        connection.once('close', () => client.end());
        client.once('close', () => connection.end());
      });
    });
    const through = async (act: (client: Client) => void) => act(await (real as Promise<Client>));
    connection.on('session', (accept, reject) => {
      // What the real one has no room for is refused as it would be: when it is opened.
      if (sessions >= mostSessions) return reject();
      sessions += 1;
      const session = accept();
      // The real one gives back the place of the last program a moment after it has told its end.
      const start = (command: string, done: Parameters<Client['exec']>[1], again = 40) =>
        through((client) =>
          client.exec(command, (error, theirs) => {
            if (error && again > 0 && /Channel open failure/.test(error.message))
              setTimeout(start, 50, command, done, again - 1);
            else done(error, theirs);
          }),
        );
      session.on('exec', (take, refuse, { command }) =>
        start(command, (error, theirs) => {
          if (error) {
            sessions -= 1;
            return refuse();
          }
          theirs.once('close', () => {
            sessions -= 1;
          });
          const ours = take();
          ours.pipe(theirs);
          theirs.pipe(ours, { end: false });
          theirs.stderr.pipe(ours.stderr, { end: false });
          theirs.on('exit', (code: number | null, signal?: string) => {
            if (code === null) ours.exit(signal ?? 'KILL', false, '');
            else ours.exit(code);
          });
          theirs.on('close', () => ours.close());
          joined(ours, theirs);
        }),
      );
    });
    const linked =
      (take: () => Duplex, refuse: () => void) => (error: Error | undefined, theirs: Duplex) => {
        if (error) return refuse();
        const ours = take();
        ours.pipe(theirs).pipe(ours);
        joined(ours, theirs);
      };
    connection.on('tcpip', (take, refuse, { destIP, destPort }) =>
      through((client) =>
        client.forwardOut('127.0.0.1', 0, destIP, destPort, linked(take, refuse)),
      ),
    );
    connection.on(
      'openssh.streamlocal' as never,
      ((take: () => Duplex, refuse: () => void, { socketPath }: { socketPath: string }) =>
        through((client) =>
          client.openssh_forwardOutStreamLocal(socketPath, linked(take, refuse)),
        )) as never,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return {
    port: (server.address() as AddressInfo).port,
    fingerprint: fingerprint((Array.isArray(key) ? key[0] : key).getPublicSSH()),
    given,
    from(wanted) {
      // What is left of an earlier run says nothing any more, and is not counted.
      for (const connection of open) connection.end();
      open.clear();
      given.clear();
      point = wanted;
      stopped = false;
    },
    stopped: () => stopped,
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.end();
      server.close();
    },
  };
}

/** Each end hangs up with the other. */
function joined(ours: Duplex & { close?(): void }, theirs: Duplex & { close?(): void }): void {
  for (const stream of [ours, theirs]) stream.on('error', () => {});
  ours.on('close', () => theirs.close?.());
  theirs.on('close', () => ours.close?.());
}

function login(host: TestHost): Promise<Client> {
  const client = new ssh2.Client();
  client.setMaxListeners(0);
  return new Promise((resolve) => {
    client.on('error', () => {}).once('ready', () => resolve(client));
    const { user, keyFile } = host.ssh;
    client.connect({ host: host.address, username: user, privateKey: readFileSync(keyFile) });
  });
}

interface Cipher {
  encrypt(packet: Buffer): void;
}

/** Whatever a connection sends goes through its cipher, which is another one after each key exchange. */
function hold(connection: Connection, muted: (packet: Buffer) => boolean): void {
  const protocol = (connection as unknown as { _protocol: { _cipher: Cipher } })._protocol;
  let cipher = protocol._cipher;
  const around = (real: Cipher): Cipher =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name === 'encrypt')
          return (packet: Buffer) => {
            if (!muted(packet)) target.encrypt(packet);
          };
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  cipher = around(cipher);
  Object.defineProperty(protocol, '_cipher', {
    get: () => cipher,
    set: (real: Cipher) => {
      cipher = around(real);
    },
  });
}
