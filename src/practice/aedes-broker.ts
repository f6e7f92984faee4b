import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Aedes, Client } from 'aedes';
import type { Effective } from '../mosquitto/effective/listener.ts';
import { clean } from '../text/clean.ts';
import { readListeners, type StandInListener } from './aedes-listeners.ts';
import { login } from './aedes-login.ts';
import type { PracticeFolder } from './folder.ts';
import { doesNotStart, type PracticeBroker } from './practice-broker.ts';

/**
 * Starts the stand-in inside this program, with the listeners, certificates and rules of the same
 * configuration files. Rejects with a Trouble in mosquitto's words where mosquitto would not start.
 */
export async function startAedes(
  folder: PracticeFolder,
  readEffective: (mainFile: string) => Promise<Effective>,
): Promise<PracticeBroker> {
  const log = new Log(folder.log);
  const standIn = new StandIn(log);
  try {
    const effective = await readEffective(folder.main);
    if (!effective.loads) throw new Error(effective.firstError ?? 'Error in the configuration.');
    await standIn.open(await readListeners(effective.listeners));
  } catch (error) {
    const words = clean((error as Error).message);
    log.add(words);
    await standIn.close();
    throw doesNotStart([words]);
  }
  log.add('stand-in (aedes) running');
  await log.written();
  return {
    pid: null,
    since: Math.floor(Date.now() / 1000),
    running: () => standIn.isOpen,
    stop: () => standIn.close(),
  };
}

/** One aedes behind the listeners of a configuration. */
class StandIn {
  isOpen = false;
  readonly #log: Log;
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #listeners = new WeakMap<object, StandInListener>();
  #aedes: Aedes | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  async open(listeners: StandInListener[]): Promise<void> {
    const log = this.#log;
    const { Aedes } = await import('aedes');
    this.#aedes = await Aedes.createBroker({
      connectTimeout: 10_000,
      authenticate: (client, username, password, done) => {
        const listener = this.#listeners.get(client.conn);
        if (!listener) return done(null, false);
        login(listener, client, username, password).then(
          (refusal) => {
            log.add(`Client ${client.id} ${refusal?.message ?? 'connected'}.`);
            done(refusal, refusal === null);
          },
          () => done(null, false),
        );
      },
    });
    // What a client does wrong ends that client and nothing else.
    const client = (of: Client | undefined) => `Client ${of?.id ?? '<unknown>'}`;
    this.#aedes
      .on('clientDisconnect', (gone) => log.add(`${client(gone)} disconnected.`))
      .on('clientError', (of, error) => log.add(`${client(of)}: ${error.message}`))
      .on('connectionError', (of, error) => log.add(`${client(of)}: ${error.message}`));
    for (const listener of listeners)
      for (const address of listener.listener.addresses) await this.#listen(listener, address);
    this.isOpen = true;
  }

  async #listen(listener: StandInListener, host: string): Promise<void> {
    const welcome = (socket: net.Socket) => {
      this.#listeners.set(socket, listener);
      this.#aedes?.handle(socket);
    };
    const server = listener.tls
      ? tls.createServer(listener.tls, welcome)
      : net.createServer(welcome);
    this.#servers.push(server);
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('tlsClientError', (error: Error) => this.#log.add(`OpenSSL Error: ${error.message}`));
    server.listen({ port: listener.listener.port, host, ipv6Only: host === '::' });
    try {
      await once(server, 'listening');
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw taken ? new Error('Error: Address already in use') : error;
    }
    this.#log.add(`Opening listen socket on port ${listener.listener.port}.`);
  }

  /** Cuts everybody off. Idempotent. */
  async close(): Promise<void> {
    if (this.isOpen) this.#log.add('stand-in (aedes) terminating');
    this.isOpen = false;
    for (const server of this.#servers.splice(0)) server.close();
    const aedes = this.#aedes;
    this.#aedes = null;
    if (aedes) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await this.#log.written();
  }
}

/** Lines with mosquitto's time stamp, cleaned, appended in order. */
class Log {
  readonly #path: string;
  #pending: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  add(text: string): void {
    const line = `${Math.floor(Date.now() / 1000)}: ${clean(text)}\n`;
    // A log that cannot be written (a full disk) must not end the broker.
    this.#pending = this.#pending.then(() => appendFile(this.#path, line)).catch(() => {});
  }

  written(): Promise<void> {
    return this.#pending;
  }
}
