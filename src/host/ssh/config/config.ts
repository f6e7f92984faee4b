import { join } from 'node:path';
import { algorithmsOf, bitsOf } from '../host-key/terms.ts';
import { tokensOf } from '../syntax/tokens.ts';
import { readConfig } from './config-file.ts';
import { type KeyFiles, printed, type Reading, written } from './files.ts';
import { askSsh, unreadable } from './printed.ts';
import type { ConfigPlaces, ConfigResolver, GivenSettings, SshSettings } from './settings.ts';

/** Asks `ssh -G` what applies to a host; without an ssh program reads the files itself. */
export function sshConfig(places: ConfigPlaces): ConfigResolver {
  return async (alias, given) => {
    const files = places.configFiles;
    const lines = await askSsh(hostOf(alias, given), alias, places);
    if (lines !== null) return settings(lines, printed, alias, given, places, []);
    const read = (file: string) => readConfig(file, alias);
    const all = await Promise.all(
      (files ?? [join(places.home, '.ssh', 'config'), system]).map(read),
    );
    const text = all.map((one) => one.text).join('\n');
    const notes = all.flatMap((one) => one.notes);
    return settings(text, written, alias, given, places, notes);
  };
}

/** The configuration of this machine; ssh(1), FILES. */
export const system = '/etc/ssh/ssh_config';

const hostOf = (alias: string, { user, port }: GivenSettings): string[] => [
  ...(user === undefined ? [] : ['-l', user]),
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...['--', alias],
];

const defaultIdentities = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Reads `keyword value` lines, lower case, first value first, as `ssh -G` prints them. */
function settings(
  text: string,
  reading: Reading,
  alias: string,
  given: GivenSettings,
  { home, accountHome = home, localUser, environment }: ConfigPlaces,
  notes: string[],
): SshSettings {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    values.set(keyword, [...(values.get(keyword) ?? []), value]);
  }
  /** All that is behind it: a command, or files. */
  const line = (keyword: string) => values.get(keyword)?.[0];
  const word = (keyword: string) => {
    const value = line(keyword);
    return value === undefined ? undefined : reading.word(value, alias);
  };
  const unlessNone = (value: string | undefined) =>
    value?.toLowerCase() === 'none' ? undefined : value;
  const named = word('hostname') ?? alias;
  // Not in the zone of an address that is written as such. ssh takes both in lower case, as `ssh -G` prints them.
  const hostname = (named === alias ? alias : named.replaceAll('%h', alias)).toLowerCase();
  const hostKeyAlias = unlessNone(word('hostkeyalias'))?.toLowerCase();
  const user = given.user ?? word('user') ?? localUser;
  const port = given.port ?? Number(word('port') ?? 22);
  const jumps = unlessNone(line('proxyjump'))?.split(',') ?? [];
  const journey = { alias, hostname, port, user, localUser, jumps };
  const tokens = tokensOf({ ...journey, home, ...(hostKeyAlias && { hostKeyAlias }) });
  const path = (raw: string) =>
    raw
      .replace(/^"(.*)"$/, '$1')
      .replace(/^~(?=\/)/, home)
      .replace(/%(.)/g, (all, letter: string) => tokens[letter] ?? all);
  // Known hosts go by the account, as ssh has it.
  const account = { alias, home: accountHome || home, environment };
  const byAccount = { ...account, tokens: { ...tokens, d: account.home } };
  const files = (keyword: KeyFiles) => {
    const value = line(keyword);
    if (value === undefined) return undefined;
    const named = reading.files(keyword, value, byAccount);
    return named.length === 1 && named[0]?.toLowerCase() === 'none' ? [] : named;
  };
  const sshFolder = join(home, '.ssh');
  const agent = word('identityagent');
  const proxyCommand = unlessNone(line('proxycommand'));
  const revokedHostKeys = files('revokedhostkeys');
  const command = unlessNone(line('knownhostscommand'));
  // Called RSAMinSize where Red Hat had it first.
  const rsaBits = bitsOf(word('requiredrsasize'), word('rsaminsize'));
  if (rsaBits === null) throw unreadable(alias, wrong('RequiredRSASize'));
  const algorithms = algorithmsOf(word('hostkeyalgorithms'));
  if (algorithms === null) throw unreadable(alias, wrong('HostKeyAlgorithms'));
  return {
    hostname,
    port,
    user,
    identityFiles: (
      values.get('identityfile') ?? defaultIdentities.map((name) => join(sshFolder, name))
    )
      .filter((file) => file.toLowerCase() !== 'none')
      .map(path),
    identitiesOnly: word('identitiesonly') === 'yes',
    ...(agent !== undefined && agent !== 'SSH_AUTH_SOCK' && { agentSocket: path(agent) }),
    jumps,
    ...(proxyCommand !== undefined && { proxyCommand }),
    userKnownHosts: usersOwn(files('userknownhostsfile'), home, accountHome),
    globalKnownHosts: files('globalknownhostsfile') ?? systemsOwn,
    ...(command !== undefined && {
      knownHostsCommand: { line: command, tokens: byAccount.tokens, environment },
    }),
    hashKnownHosts: word('hashknownhosts') === 'yes',
    hostKeyTerms: { algorithms, rsaBits },
    ...(hostKeyAlias !== undefined && { hostKeyAlias }),
    strict: ['yes', 'true'].includes(word('stricthostkeychecking')?.toLowerCase() ?? ''),
    checkHostIp: word('checkhostip')?.toLowerCase() === 'yes',
    ...(revokedHostKeys && { revokedHostKeys }),
    notes,
  };
}

/** As ssh has it where nothing is said; ssh_config(5), GlobalKnownHostsFile. */
const systemsOwn = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

const wrong = (keyword: string) => ({
  likely: `What it says of ${keyword} is a mistake.`,
  next: 'Correct it in ~/.ssh/config, after the manual page ssh_config(5). Nothing was done.',
});

/**
 * Where HOME names another folder than the account's, the known hosts of that folder count. ssh prints those of the
 * account: what it takes where nothing is said is not meant, and what was named with `~` stands in either.
 */
function usersOwn(printed: string[] | undefined, home: string, accountHome: string): string[] {
  const byDefault = (of: string) =>
    ['known_hosts', 'known_hosts2'].map((name) => join(of, '.ssh', name));
  if (printed === undefined) return byDefault(home);
  if (home === accountHome || accountHome === '') return printed;
  if (printed.join('\n') === byDefault(accountHome).join('\n')) return byDefault(home);
  return printed.flatMap((file) =>
    file.startsWith(`${accountHome}/`) && !file.startsWith(`${home}/`)
      ? [join(home, file.slice(accountHome.length)), file]
      : file,
  );
}
