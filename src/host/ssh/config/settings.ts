import type { KnownHostsCommand } from '../host-key/known-hosts-command.ts';
import type { HostKeyTerms } from '../host-key/terms.ts';

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
  /** Knows hosts besides the files. */
  knownHostsCommand?: KnownHostsCommand;
  hashKnownHosts: boolean;
  hostKeyTerms: HostKeyTerms;
  /** The name to look up in known_hosts instead. */
  hostKeyAlias?: string;
  /** Known hosts only: an unknown one is not asked about. */
  strict?: boolean;
  /** The address counts, too. */
  checkHostIp?: boolean;
  /** Files of keys that are not to be trusted. */
  revokedHostKeys?: string[];
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
  /** As the record of the account has it: ssh goes by that, whatever HOME says. */
  accountHome?: string;
  /** Instead of ~/.ssh/config and /etc/ssh/ssh_config; what the first says counts. */
  configFiles?: readonly string[];
  /** The ssh program, found in PATH unless told. */
  program?: string;
}
