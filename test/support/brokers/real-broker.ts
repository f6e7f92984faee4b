import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { basesFolder } from '../hosts/base.ts';

/** The mosquitto of this machine, or null. */
export function installedBroker(): { program: string; version: string } | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const program = folders
    .map((folder) => join(folder, 'mosquitto'))
    .find((path) => existsSync(path));
  if (program === undefined) return null;
  const version = versionOf([program]);
  return version === undefined ? null : { program, version };
}

/** A broker that can be started here: by itself, or with the libraries of the folder that it is in. */
export interface StartableBroker {
  version: string;
  command: string[];
}

/** The mosquitto of this machine, and those in the folders that test hosts are made from. */
export function startableBrokers(): StartableBroker[] {
  const installed = installedBroker();
  const bases = existsSync(basesFolder()) ? readdirSync(basesFolder()) : [];
  const commands = [
    ...(installed ? [[installed.program]] : []),
    ...bases.flatMap((name) => commandIn(join(basesFolder(), name, 'root'))),
  ];
  const found = new Map<string, StartableBroker>();
  for (const command of commands) {
    const version = versionOf(command);
    if (version !== undefined && !found.has(version)) found.set(version, { version, command });
  }
  return [...found.values()];
}

/** How the broker of a Debian folder is started from outside of it. */
function commandIn(root: string): string[][] {
  const program = join(root, 'usr/sbin/mosquitto');
  const libraries = join(root, 'usr/lib');
  if (!existsSync(program)) return [];
  return readdirSync(libraries)
    .map((name) => join(libraries, name))
    .filter((folder) => /-linux-gnu$/.test(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /^ld-linux.*\.so/.test(name))
        .map((loader) => [join(folder, loader), '--library-path', folder, program]),
    );
}

function versionOf([program = '', ...args]: string[]): string | undefined {
  const { stdout } = spawnSync(program, [...args, '-h'], { encoding: 'utf8' });
  return /mosquitto version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

/**
 * A folder with a certificate for 127.0.0.1 that is also its own authority and client
 * (`server.crt`, `server.key`), readable by the broker's user.
 */
export function folderWithCertificate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-broker-'));
  chmodSync(folder, 0o755);
  const to = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.crt')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, '-subj', '/CN=client', ...to]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  chmodSync(join(folder, 'server.key'), 0o644);
  return folder;
}

/** Ports of 127.0.0.1 that nobody uses now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((done) =>
        server.listen(0, '127.0.0.1', () => done(server)),
      );
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export interface Run {
  /** The broker's first complaint, when it did not start. */
  firstError: string | null;
  stop(): Promise<void>;
}

/** Starts the broker with a configuration and waits until it runs or has ended. */
export function startBroker(
  command: string | readonly string[],
  folder: string,
  text: string | Buffer,
): Promise<Run> {
  const [program = '', ...args] = [command].flat();
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(file, text);
  const child = spawn(program, [...args, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(file, { force: true });
  };
  return new Promise((done, fail) => {
    let log = '';
    const limit = setTimeout(() => {
      void stop();
      fail(new Error(`mosquitto neither ran nor ended: ${log}`));
    }, 10_000);
    child.stderr.on('data', (data) => {
      log += data;
      if (!/mosquitto version \S+ running/.test(log)) return;
      clearTimeout(limit);
      done({ firstError: null, stop });
    });
    child.once('close', () => {
      clearTimeout(limit);
      const words = log.replace(/^\d+: /gm, '').split('\n');
      const said = (kind: RegExp) => words.find((line) => kind.test(line));
      // A plugin of its own has its name in front.
      done({ firstError: said(/^(password-file: )?Error/) ?? said(/^Warning/) ?? log, stop });
    });
  });
}

export interface Seen {
  tls: boolean;
  anonymous: 'accepted' | 'refused';
  /** Whether a client without a certificate gets no CONNACK at all. */
  requiresClientCertificate: boolean;
}

/** What a port of 127.0.0.1 lets in, tried from outside. */
export async function tryPort(
  port: number,
  certificate: { cert: Buffer; key: Buffer },
  clientId = '',
): Promise<Seen> {
  const tls = await speaksTls(port);
  const open = (withCertificate: boolean): Socket =>
    tls
      ? connectTls({ port, rejectUnauthorized: false, ...(withCertificate ? certificate : {}) })
      : connectPlain(port, '127.0.0.1');
  const bare = await connack(open(false), clientId);
  const code = tls ? await connack(open(true), clientId) : bare;
  return {
    tls,
    anonymous: code === 0 ? 'accepted' : 'refused',
    requiresClientCertificate: tls && bare === null,
  };
}

/** MQTT 3.1.1 CONNECT without user name. The id is short. */
function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const head = Buffer.from('100c00044d5154540402003c0000', 'hex');
  head[1] = 12 + id.length;
  head[13] = id.length;
  return Buffer.concat([head, id]);
}

/** The return code of the CONNACK, or null when the connection ends without one. */
function connack(socket: Socket, clientId: string): Promise<number | null> {
  return new Promise((done) => {
    const end = (code: number | null) => {
      done(code);
      socket.destroy();
    };
    socket.setTimeout(5_000, () => end(null));
    socket.on('error', () => end(null));
    socket.on('close', () => end(null));
    socket.on('data', (data) => end(data[0] === 0x20 ? (data[3] ?? null) : null));
    socket.write(connectPacket(clientId));
  });
}

/** A TLS server answers a ClientHello with a TLS record (handshake 22 or alert 21). */
function speaksTls(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectTls({ port, rejectUnauthorized: false });
    const end = (answer: boolean) => {
      done(answer);
      socket.destroy();
    };
    socket.setTimeout(5_000, () => end(false));
    socket.on('secureConnect', () => end(true));
    socket.on('error', (error: NodeJS.ErrnoException) => end(/alert/i.test(error.message)));
    socket.on('close', () => end(false));
  });
}
