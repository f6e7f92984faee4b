import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { clean } from '../clean.ts';
import { HostError } from './host.ts';
import { readConfig } from './ssh-config-file.ts';

/** How a host is reached, after ~/.ssh/config and the system's defaults had their say. */
export interface SshSettings {
  hostname: string;
  port: number;
  user: string;
  /** Private keys to offer, in this order. Some may not exist. */
  identityFiles: string[];
  /** Whether keys that only the agent knows stay out of it. */
  identitiesOnly: boolean;
  /** A socket path; `none` for no agent; absent where the configuration does not say. */
  agentSocket?: string;
  /** Hosts to go through, in order of travel, as written: `user@host:port`. */
  jumps: string[];
  /** Not supported; kept so that it can be said. */
  proxyCommand?: string;
  /** A new key is added to the first. */
  userKnownHosts: string[];
  globalKnownHosts: string[];
  hashKnownHosts: boolean;
  /** The name to look up in known_hosts instead. */
  hostKeyAlias?: string;
  /** Known hosts only: an unknown one is not asked about. */
  strict?: boolean;
  /** The address counts, too. */
  checkHostIp?: boolean;
  /** A file of keys that are not to be trusted. */
  revokedHostKeys?: string;
  /** What a reader should know about how this was found out. */
  notes: string[];
}

/** What was given by hand; it goes before any configuration. */
export interface GivenSettings {
  user?: string;
  port?: number;
}

export type ConfigResolver = (alias: string, given: GivenSettings) => Promise<SshSettings>;

export interface ConfigPlaces {
  /** Stands for `~`. */
  home: string;
  /** Who logs in where nothing names a user. */
  localUser: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Instead of ~/.ssh/config and /etc/ssh/ssh_config. */
  configFile?: string;
  /** The ssh program, found in PATH unless told. */
  program?: string;
}

/** Asks `ssh -G` what applies to a host; without an ssh program reads ~/.ssh/config itself. */
export function sshConfig(places: ConfigPlaces): ConfigResolver {
  return async (alias, given) => {
    const printed = await askSsh(alias, given, places);
    if (printed !== null) return settings(printed, alias, given, places, []);
    const file = places.configFile ?? join(places.home, '.ssh', 'config');
    const { text, notes } = await readConfig(file, alias);
    return settings(text, alias, given, places, notes);
  };
}

/** It only reads files; a `Match exec` may look at the network. */
const seconds = 10;

/** The lines `ssh -G` prints, or null where there is no ssh. */
function askSsh(
  alias: string,
  { user, port }: GivenSettings,
  { environment, configFile, program = 'ssh' }: ConfigPlaces,
): Promise<string | null> {
  const argv = ['-G'];
  if (configFile !== undefined) argv.push('-F', configFile);
  if (user !== undefined) argv.push('-l', user);
  if (port !== undefined) argv.push('-p', String(port));
  argv.push('--', alias);
  return new Promise((resolve, reject) => {
    execFile(
      program,
      argv,
      {
        env: { ...environment, LC_ALL: 'C' },
        timeout: seconds * 1000,
        killSignal: 'SIGKILL',
        maxBuffer: 1 << 20,
      },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (error.code === 'ENOENT') resolve(null);
        else
          reject(
            new HostError('failed', `The SSH configuration for ${clean(alias)} cannot be read.`, {
              ...(error.killed
                ? noAnswerOfSsh(clean(alias))
                : /^No user exists/m.test(stderr)
                  ? noAccount
                  : faultIn(clean(alias))),
              detail: clean(stderr),
            }),
          );
      },
    );
  });
}

const noAnswerOfSsh = (alias: string) => ({
  likely: `ssh did not answer within ${seconds} seconds: a file is a pipe, or a command of a Match line hangs.`,
  next: `Run \`ssh -G ${alias}\` and correct what it waits for.`,
});

const faultIn = (alias: string) => ({
  likely: 'There is a mistake in ~/.ssh/config or in a file it includes.',
  next: `Run \`ssh -G ${alias}\` and correct the line it names.`,
});

const noAccount = {
  likely: 'The user who runs Lockstep has no account on this machine; ssh works for none without.',
  next: 'Run it as a user who has one (in a container: give this number a line in /etc/passwd).',
};

const defaultIdentities = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Reads `keyword value` lines, lower case, first value first, as `ssh -G` prints them. */
function settings(
  text: string,
  alias: string,
  given: GivenSettings,
  { home, localUser }: ConfigPlaces,
  notes: string[],
): SshSettings {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword = '', value = ''] = /^(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    values.set(keyword, [...(values.get(keyword) ?? []), value]);
  }
  const first = (keyword: string) => values.get(keyword)?.[0];
  const set = (keyword: string) => {
    const value = first(keyword);
    return value === undefined || value.toLowerCase() === 'none' ? undefined : value;
  };
  const named = first('hostname') ?? alias;
  // Not in the zone of an address that is written as such.
  const hostname = named === alias ? alias : named.replaceAll('%h', alias);
  const user = given.user ?? first('user') ?? localUser;
  const port = given.port ?? Number(first('port') ?? 22);
  const tokens: Record<string, string> = { d: home, h: hostname, r: user, u: localUser, '%': '%' };
  tokens.n = alias;
  tokens.p = String(port);
  const path = (raw: string) =>
    raw
      .replace(/^"(.*)"$/, '$1')
      .replace(/^~(?=\/)/, home)
      .replace(/%(.)/g, (all, letter: string) => tokens[letter] ?? all);
  const files = (keyword: string, otherwise: string[]) => {
    const list = first(keyword)?.split(/\s+/) ?? otherwise;
    return list.filter((file) => file.toLowerCase() !== 'none').map(path);
  };
  const sshFolder = join(home, '.ssh');
  const agent = first('identityagent');
  const proxyCommand = set('proxycommand');
  const hostKeyAlias = set('hostkeyalias');
  const revokedHostKeys = set('revokedhostkeys');
  return {
    hostname,
    port,
    user,
    identityFiles: (
      values.get('identityfile') ?? defaultIdentities.map((name) => join(sshFolder, name))
    )
      .filter((file) => file.toLowerCase() !== 'none')
      .map(path),
    identitiesOnly: first('identitiesonly') === 'yes',
    ...(agent !== undefined && agent !== 'SSH_AUTH_SOCK' && { agentSocket: path(agent) }),
    jumps: set('proxyjump')?.split(',') ?? [],
    ...(proxyCommand !== undefined && { proxyCommand }),
    userKnownHosts: files('userknownhostsfile', [join(sshFolder, 'known_hosts')]),
    globalKnownHosts: files('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts']),
    hashKnownHosts: first('hashknownhosts') === 'yes',
    ...(hostKeyAlias !== undefined && { hostKeyAlias }),
    strict: ['yes', 'true'].includes(first('stricthostkeychecking') ?? ''),
    checkHostIp: first('checkhostip') === 'yes',
    ...(revokedHostKeys !== undefined && { revokedHostKeys: path(revokedHostKeys) }),
    notes,
  };
}
