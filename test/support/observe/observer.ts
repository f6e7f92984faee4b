import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestHost } from '../hosts/host.ts';
import { type ProgramResult, program } from '../hosts/program.ts';
import type { Home } from '../program/lockstep.ts';

// Looks at a broker and its host with other programs only: nothing here is the code under test.

/** What `mosquitto_pub` ends with when the broker says "not authorised" (CONNACK 5). */
export const notAuthorised = 5;

/** The options that show a client's certificate to `mosquitto_pub` and `mosquitto_sub`. */
export function shown(home: Home, client: string): string[] {
  const file = (name: string) => join(home.site, 'clients', client, name);
  const files = ['--cafile', file('root_ca.crt')];
  return [...files, '--cert', file(`${client}.crt`), '--key', file(`${client}.key`)];
}

/** Shell text that ends when the broker has run for three seconds: what is younger is not told apart. */
export const aged =
  'until [ "$(ps -o etimes= -C mosquitto | tr -d " ")" -ge 3 ]; do sleep 0.1; done';

/** Publishes with these options; the exit status tells what came of it. */
export function publish(
  options: readonly string[],
  message = 'from outside',
): Promise<ProgramResult> {
  return program(['mosquitto_pub', '-t', 'test/observer', '-q', '1', '-m', message, ...options]);
}

/** A message sent and received by the machine's own clients: true when it came back. */
export async function roundTrip(options: readonly string[]): Promise<boolean> {
  const message = `observed ${process.hrtime.bigint()}`;
  const topic = ['-t', 'test/observer'];
  // Retained, so that the subscriber may come after it; an empty one takes it away again.
  if ((await publish([...options, '-r'], message)).code !== 0) return false;
  const got = await program(['mosquitto_sub', ...topic, '-C', '1', '-W', '10', ...options]);
  await program(['mosquitto_pub', ...topic, '-r', '-n', ...options]);
  return got.stdout === `${message}\n`;
}

/** Somebody without a certificate or a name, on the plain port: 0 when let in, 5 when refused. */
export async function anonymous(host: TestHost, port = 1883): Promise<number | null> {
  return (await publish(['-h', host.address, '-p', String(port)])).code;
}

/** Somebody without a certificate or a name on the host itself. */
export async function anonymousThere(host: TestHost): Promise<number | null> {
  return (await host.exec(['mosquitto_pub', '-t', 'test/observer', '-n'])).code;
}

export const mutual = (host: TestHost, home: Home, client = 'client01'): string[] => [
  ...['-h', host.address, '-p', '8883'],
  ...shown(home, client),
];

/** A TLS handshake by OpenSSL with the client's certificate, at exactly this version. */
export function openssl(
  host: TestHost,
  home: Home,
  version: 'tls1_2' | 'tls1_3',
): Promise<ProgramResult> {
  const folder = join(home.site, 'clients/client01');
  const files = ['-CAfile', 'root_ca.crt', '-cert', 'client01.crt', '-key', 'client01.key'];
  const paths = files.map((word) => (word.startsWith('-') ? word : join(folder, word)));
  const strict = ['-verify_return_error', `-${version}`];
  return program([
    ...['openssl', 's_client', '-connect', `${host.address}:8883`, ...strict, ...paths],
  ]);
}

/** A TLS handshake by GnuTLS, which insists that the broker's certificate is for this name. */
export function gnutls(host: TestHost, home: Home, name: string): Promise<ProgramResult> {
  const file = (name: string) => join(home.site, 'clients/client01', name);
  return program([
    ...['gnutls-cli', '--port=8883', `--verify-hostname=${name}`],
    ...[`--x509cafile=${file('root_ca.crt')}`, `--x509certfile=${file('client01.crt')}`],
    ...[`--x509keyfile=${file('client01.key')}`, host.address],
  ]);
}

/**
 * Everything below /etc/mosquitto (and below these), a line each: kind, mode, owner, size, time of the last change (of
 * files; a folder's moves with what is made and removed in it), target, and the bytes by SHA-256.
 */
export function tree(host: TestHost, others: readonly string[] = []): Promise<string> {
  return host.succeed([
    'sh',
    '-euc',
    `find "$@" -type d -printf '%p %y %m %u:%g\\n' -o -printf '%p %y %m %u:%g %s %T@ %l\\n' | sort
     find "$@" -type f -exec sha256sum {} + | sort`,
    'tree',
    '/etc/mosquitto',
    ...others,
  ]);
}

/** The broker's process, and what its service says of itself. */
export async function service(host: TestHost): Promise<{ pid: number; state: string }> {
  const show = ['systemctl', 'show', 'mosquitto', '--value', '-p'];
  const pid = Number(await host.succeed([...show, 'MainPID']));
  return { pid, state: (await host.succeed([...show, 'ActiveState'])).trim() };
}

/** Every file of the host that has a private key in it. */
export async function privateKeys(host: TestHost): Promise<string[]> {
  const skip = ['proc', 'sys', 'dev'].map((name) => `--exclude-dir=${name}`);
  const { stdout } = await host.exec(['grep', '-rlaE', '^-+BEGIN.* PRIVATE KEY', ...skip, '/']);
  return stdout.split('\n').filter(Boolean).sort();
}

/** Which of these users can read a file of the host. */
export async function readers(host: TestHost, path: string, users: string[]): Promise<string[]> {
  const can: string[] = [];
  for (const user of users)
    if ((await host.exec(['runuser', '-u', user, '--', 'cat', path])).code === 0) can.push(user);
  return can;
}

/** Whether a file of this machine is there. */
export const there = (home: Home, ...path: string[]): boolean =>
  existsSync(join(home.site, ...path));
