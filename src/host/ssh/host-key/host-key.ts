import { HostError } from '../../../errors/host-error.ts';
import { clean } from '../../../text/clean.ts';
import type { SshSettings } from '../config/settings.ts';
import type { SshAsk } from '../login/ask.ts';
import type { Accepted } from './accepted-keys.ts';
import {
  appendKnownHost,
  fingerprint,
  type HostNames,
  hostNames,
  type KnownHost,
  keyType,
  knownTypes,
  type Lookup,
  lookup,
  readKnownHosts,
} from './known-hosts.ts';
import { askKnownHosts } from './known-hosts-command.ts';
import {
  authorityUnseen,
  changed,
  elsewhere,
  knownOnly,
  revoked,
  revokedBy,
  swapped,
  tooShort,
  unexpected,
  unknown,
} from './refusals.ts';
import { type RevokedKeys, readRevokedKeys } from './revoked-keys.ts';
import { askFor, isTooShort } from './terms.ts';

export interface HostKeyPolicy {
  ask: Pick<SshAsk, 'hostKey'>;
  /** What was confirmed beforehand. */
  accept: Accepted;
  /** Take any key of a host that is not known yet, where no fingerprints are given. Never a changed one. */
  acceptNew: boolean;
  /** Told what is no error but should be known. */
  notice: (text: string) => void;
}

/** Whether the other end of a connection is the host it should be, by known_hosts. */
export class HostKeyCheck {
  readonly #settings: SshSettings;
  readonly #policy: HostKeyPolicy;
  readonly #entries: readonly KnownHost[];
  /** The same, and what a command says before any key was shown. */
  #expected: readonly KnownHost[] = [];
  readonly #revoked: readonly RevokedKeys[];
  readonly #names: HostNames;
  /** Where the connection really goes, when ssh would look for that, too (`CheckHostIP`). */
  #address: string | undefined;
  /** The host has a certificate for a key of it. */
  #certified = false;
  /** Accepted for this session. */
  #pinned: Buffer | undefined;
  /** Accepted, and to be remembered. */
  #accepted: Buffer | undefined;

  private constructor(
    settings: SshSettings,
    policy: HostKeyPolicy,
    entries: readonly KnownHost[],
    revoked: readonly RevokedKeys[],
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
    const revoked = await Promise.all((settings.revokedHostKeys ?? []).map(readRevokedKeys));
    const entries = await readKnownHosts(files);
    const check = new HostKeyCheck(settings, policy, entries, revoked, pinned);
    check.#expected = [...entries, ...(await check.#ask('ORDER', check.#names.named, null))];
    return check;
  }

  /** The connection is to this address. */
  reached(address: string | undefined): void {
    const { checkHostIp, hostKeyAlias, hostname } = this.#settings;
    if (checkHostIp && hostKeyAlias === undefined && address !== hostname) this.#address = address;
  }

  /** The host names the kinds of keys that it has, with commas between them. */
  offered(kinds: string): void {
    this.#certified = kinds.includes('-cert-v01@openssh.com');
  }

  /** ssh takes no host whose certificate is of an authority that is revoked. Certificates are not looked at here. */
  get #authorityUnseen(): boolean {
    const revoked = this.#revoked.length > 0 || this.#expected.some((e) => e.marker === '@revoked');
    return this.#certified && revoked;
  }

  /** The algorithms to ask for, such first that a known host shows the key that is known. */
  get algorithms(): string[] {
    const types = this.#pinned ? [keyType(this.#pinned)] : knownTypes(this.#expected, this.#names);
    return askFor(this.#settings.hostKeyTerms, types);
  }

  get pinned(): Buffer | undefined {
    return this.#pinned;
  }

  /** What a command knows besides the files. */
  async #ask(why: 'ORDER' | 'HOSTNAME' | 'ADDRESS', name: string, key: Buffer | null) {
    const { knownHostsCommand } = this.#settings;
    return knownHostsCommand ? askKnownHosts(knownHostsCommand, why, name, key) : [];
  }

  /** What is known of the key by all names that count, the worst of it. */
  async #look(key: Buffer): Promise<Lookup> {
    const look = async (why: 'HOSTNAME' | 'ADDRESS', names: HostNames) =>
      lookup([...this.#entries, ...(await this.#ask(why, names.named, key))], names, key);
    const found = await look('HOSTNAME', this.#names);
    if (this.#address === undefined || found.verdict === 'revoked' || found.verdict === 'changed')
      return found;
    const byAddress = await look('ADDRESS', hostNames(this.#address, this.#settings.port));
    const worse = byAddress.verdict === 'revoked' || byAddress.verdict === 'changed';
    return worse ? byAddress : found;
  }

  /** The file by which the key is revoked. */
  async #revokedBy(key: Buffer): Promise<string | undefined> {
    for (const list of this.#revoked) if (await list.has(key)) return list.file;
    return undefined;
  }

  /** In the middle of the handshake: is this key good, known or confirmed beforehand? */
  async isTrusted(key: Buffer): Promise<boolean> {
    if (isTooShort(key, this.#settings.hostKeyTerms)) return false;
    if ((await this.#revokedBy(key)) !== undefined) return false;
    if (this.#pinned) return this.#pinned.equals(key);
    const found = await this.#look(key);
    if (found.verdict === 'unknown' && this.#isConfirmed(key)) {
      this.#sayAuthority(found);
      this.#accepted = key;
    } else if (found.verdict !== 'known') return false;
    else if (this.#authorityUnseen && !this.#policy.accept.own.includes(fingerprint(key)))
      return false;
    this.#pinned = key;
    return true;
  }

  /**
   * After the handshake was broken off because of this key: asks whether it is good. Takes as long as the
   * reader needs. Rejects with a HostError where it is not.
   */
  async decide(key: Buffer): Promise<void> {
    const name = this.#names.named;
    const { hostKeyTerms } = this.#settings;
    if (isTooShort(key, hostKeyTerms)) throw tooShort(name, key, hostKeyTerms.rsaBits);
    const found = await this.#look(key);
    const file = await this.#revokedBy(key);
    if (file !== undefined) throw revokedBy(name, file);
    if (found.verdict === 'revoked') throw revoked(name, found.entry);
    if (found.verdict === 'changed') throw changed(name, found.entry, key);
    if (this.#pinned) throw swapped(name);
    this.#sayAuthority(found);
    await this.#confirm(name, key);
    this.#pinned = key;
    this.#accepted = key;
  }

  #sayAuthority(found: Lookup): void {
    const name = this.#names.named;
    if (found.verdict === 'unknown' && found.trustsAuthority)
      this.#policy.notice(
        `known_hosts trusts ${clean(name)} by a certificate authority; Lockstep knows plain keys only.`,
      );
  }

  #isConfirmed(key: Buffer): boolean {
    const { accept, acceptNew } = this.#policy;
    if (accept.own.includes(fingerprint(key))) return true;
    if (accept.own.length > 0 || accept.others.length > 0) return false;
    // Where it cannot be remembered every key is new: ssh takes none then (UserKnownHostsFile none).
    return acceptNew && this.#settings.userKnownHosts.length > 0 && !this.#authorityUnseen;
  }

  async #confirm(name: string, key: Buffer): Promise<void> {
    const { ask, accept } = this.#policy;
    const seen = fingerprint(key);
    const { hostname, port, userKnownHosts, strict } = this.#settings;
    const shown = { name, seen, ...accept };
    if (accept.own.length > 0) throw unexpected(shown);
    if (accept.others.includes(seen)) throw elsewhere(shown);
    if (this.#authorityUnseen) throw authorityUnseen(shown);
    if (strict || userKnownHosts.length === 0) throw knownOnly(shown);
    if (!ask.hostKey) throw unknown(shown);
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
