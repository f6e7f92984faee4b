import { clean } from '../clean.ts';
import { HostError } from './host.ts';
import {
  appendKnownHost,
  fingerprint,
  type HostNames,
  hostNames,
  type KnownHost,
  keyType,
  knownTypes,
  lookup,
  readKnownHosts,
} from './known-hosts.ts';
import { type RevokedKeys, readRevokedKeys } from './revoked-keys.ts';
import type { SshAsk } from './ssh-ask.ts';
import type { SshSettings } from './ssh-config.ts';

export interface HostKeyPolicy {
  ask: Pick<SshAsk, 'hostKey'>;
  /** Fingerprints (`SHA256:...`) that were confirmed beforehand. */
  accept: readonly string[];
  /** Take any key of a host that is not known yet. Never a changed one. */
  acceptNew: boolean;
  /** Told what is no error but should be known. */
  notice: (text: string) => void;
}

/** Whether the other end of a connection is the host it should be, by known_hosts. */
export class HostKeyCheck {
  readonly #settings: SshSettings;
  readonly #policy: HostKeyPolicy;
  readonly #entries: readonly KnownHost[];
  readonly #revoked: RevokedKeys | null;
  readonly #names: HostNames;
  /** Where the connection really goes, when ssh would look for that, too (`CheckHostIP`). */
  #address: string | undefined;
  /** Accepted for this session. */
  #pinned: Buffer | undefined;
  /** Accepted, and to be remembered. */
  #accepted: Buffer | undefined;

  private constructor(
    settings: SshSettings,
    policy: HostKeyPolicy,
    entries: readonly KnownHost[],
    revoked: RevokedKeys | null,
    pinned: Buffer | undefined,
  ) {
    const { hostname, port, hostKeyAlias } = settings;
    this.#names = hostNames(hostname, port, hostKeyAlias);
    this.#revoked = revoked;
    this.#settings = settings;
    this.#policy = policy;
    this.#entries = entries;
    this.#pinned = pinned;
  }

  /** Reads the known_hosts files; `pinned` is the key an earlier connection has seen. */
  static async load(settings: SshSettings, policy: HostKeyPolicy, pinned?: Buffer) {
    const files = [...settings.userKnownHosts, ...settings.globalKnownHosts];
    const { revokedHostKeys } = settings;
    const revoked = revokedHostKeys === undefined ? null : await readRevokedKeys(revokedHostKeys);
    return new HostKeyCheck(settings, policy, await readKnownHosts(files), revoked, pinned);
  }

  /** The connection is to this address. */
  reached(address: string | undefined): void {
    const { checkHostIp, hostKeyAlias, hostname } = this.#settings;
    if (checkHostIp && hostKeyAlias === undefined && address !== hostname) this.#address = address;
  }

  /** The algorithms to ask for first, so that a known host shows the key that is known. */
  get preferredTypes(): readonly string[] {
    if (this.#pinned) return [keyType(this.#pinned)];
    return knownTypes(this.#entries, this.#names);
  }

  get pinned(): Buffer | undefined {
    return this.#pinned;
  }

  /** What is known of the key by all names that count, the worst of it. */
  #look(key: Buffer): ReturnType<typeof lookup> {
    const found = lookup(this.#entries, this.#names, key);
    if (this.#address === undefined || found.verdict === 'revoked' || found.verdict === 'changed')
      return found;
    const byAddress = lookup(this.#entries, hostNames(this.#address, this.#settings.port), key);
    const worse = byAddress.verdict === 'revoked' || byAddress.verdict === 'changed';
    return worse ? byAddress : found;
  }

  /** In the middle of the handshake: is this key good, known or confirmed beforehand? */
  async isTrusted(key: Buffer): Promise<boolean> {
    if (await this.#revoked?.has(key)) return false;
    if (this.#pinned) return this.#pinned.equals(key);
    const found = this.#look(key);
    if (found.verdict === 'unknown' && this.#isConfirmed(key)) {
      this.#sayAuthority(found);
      this.#accepted = key;
    } else if (found.verdict !== 'known') return false;
    this.#pinned = key;
    return true;
  }

  /**
   * After the handshake was broken off because of this key: asks whether it is good. Takes as long as the
   * reader needs. Rejects with a HostError where it is not.
   */
  async decide(key: Buffer): Promise<void> {
    const found = this.#look(key);
    const name = this.#names.named;
    if (this.#revoked && (await this.#revoked.has(key))) throw revokedBy(name, this.#revoked.file);
    if (found.verdict === 'revoked') throw revoked(name, found.entry);
    if (found.verdict === 'changed') throw changed(name, found.entry, key);
    if (this.#pinned) throw swapped(name);
    this.#sayAuthority(found);
    await this.#confirm(name, key);
    this.#pinned = key;
    this.#accepted = key;
  }

  #sayAuthority(found: ReturnType<typeof lookup>): void {
    const name = this.#names.named;
    if (found.verdict === 'unknown' && found.trustsAuthority)
      this.#policy.notice(
        `known_hosts trusts ${clean(name)} by a certificate authority; Lockstep knows plain keys only.`,
      );
  }

  #isConfirmed(key: Buffer): boolean {
    const { accept, acceptNew } = this.#policy;
    if (accept.includes(fingerprint(key))) return true;
    // Where it cannot be remembered every key is new: ssh takes none then (UserKnownHostsFile none).
    return acceptNew && accept.length === 0 && this.#settings.userKnownHosts.length > 0;
  }

  async #confirm(name: string, key: Buffer): Promise<void> {
    const { ask, accept } = this.#policy;
    const seen = fingerprint(key);
    const { hostname, port, userKnownHosts, strict } = this.#settings;
    if (accept.length > 0) throw unexpected(name, seen, accept);
    if (strict || userKnownHosts.length === 0) throw knownOnly(name, seen);
    if (!ask.hostKey) throw unknown(name, seen);
    const type = keyType(key);
    const answer = await ask.hostKey({
      name: clean(name),
      address: `${clean(hostname)} port ${port}`,
      type,
      fingerprint: seen,
      compareWith: `ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub`,
      file: userKnownHosts[0] ?? '',
    });
    if (answer !== 'accept')
      throw new HostError('host-key-unknown', `The key of ${clean(name)} was not accepted.`, {
        next: 'Nothing was done there. Compare the fingerprint on the host, then try again.',
        detail: seen,
      });
  }

  /** Writes a key that was accepted into the first known_hosts file; call it when the host has proved it. */
  async remember(): Promise<void> {
    const key = this.#accepted;
    if (!key) return;
    this.#accepted = undefined;
    const [file] = this.#settings.userKnownHosts;
    if (file === undefined) return;
    try {
      await appendKnownHost(file, this.#names.named, key, this.#settings.hashKnownHosts);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      const reason = unwritten[code] ?? clean(String(error));
      this.#policy.notice(`The host key could not be remembered in ${file}: ${reason}`);
    }
  }
}

const unwritten: Record<string, string> = {
  EACCES: 'this user may not write it.',
  EPERM: 'this user may not write it.',
  EROFS: 'the file system is read-only.',
  ENOSPC: 'the disk is full.',
};

/** As in the names of the key files that sshd makes. */
function shortType(type: string): string {
  if (type.startsWith('ecdsa')) return 'ecdsa';
  return type === 'ssh-rsa' ? 'rsa' : 'ed25519';
}

function unknown(name: string, seen: string): HostError {
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely: 'This is the first connection to it from here, so its key cannot be checked.',
    next: `If its fingerprint is right, give --accept-host-key ${seen}`,
    detail: seen,
  });
}

function knownOnly(name: string, seen: string): HostError {
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely:
      'Your SSH configuration takes known hosts only (StrictHostKeyChecking yes, or UserKnownHostsFile none).',
    next: `Put its key into known_hosts; or, if its fingerprint is right, give --accept-host-key ${seen}`,
    detail: seen,
  });
}

function unexpected(name: string, seen: string, accept: readonly string[]): HostError {
  return new HostError('host-key-unknown', `${clean(name)} has another key than the one given.`, {
    likely: 'Another machine answers at that address, or the fingerprint is of another key of it.',
    next: `Given was ${clean(accept.join(', '))}; the host shows ${seen}. Compare it on the host.`,
    detail: seen,
  });
}

function changed(name: string, { file, line }: KnownHost, key: Buffer): HostError {
  return new HostError('host-key-changed', `The key of ${clean(name)} is not the known one.`, {
    likely:
      'The machine was installed anew or its address belongs to another one now; ' +
      'or somebody listens in between.',
    next:
      `If you know why: \`ssh-keygen -f '${file}' -R '${clean(name)}'\` removes the old key ` +
      `(${file}, line ${line}), then try again.`,
    detail: `The host shows ${keyType(key)} ${fingerprint(key)}`,
  });
}

function revoked(name: string, { file, line }: KnownHost): HostError {
  return new HostError('host-key-revoked', `The key of ${clean(name)} has been revoked.`, {
    likely: `Somebody marked it as no longer to be trusted: ${file}, line ${line}.`,
    next: 'Ask who looks after that machine. Nothing was done there.',
  });
}

function revokedBy(name: string, file: string): HostError {
  return new HostError('host-key-revoked', `The key of ${clean(name)} has been revoked.`, {
    likely: `${clean(file)} says so, which your SSH configuration names (RevokedHostKeys); or it cannot be read, and ssh trusts no host then.`,
    next: 'Ask who looks after that machine. Nothing was done there.',
  });
}

function swapped(name: string): HostError {
  return new HostError('host-key-changed', `${clean(name)} showed two different keys.`, {
    likely: 'Several machines share that name or address; or somebody listens in between.',
    next: 'Connect by an address that leads to one machine only.',
  });
}
