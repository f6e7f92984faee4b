import { clean } from '../clean.ts';
import { HostError } from './host.ts';
import { fingerprint, type KnownHost, keyType } from './known-hosts.ts';
import { fromCommand } from './known-hosts-command.ts';

// Why a host's key is not trusted.

export function unknown(name: string, seen: string): HostError {
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely: 'This is the first connection to it from here, so its key cannot be checked.',
    next: `If its fingerprint is right, give --accept-host-key ${seen}`,
    detail: seen,
  });
}

export function knownOnly(name: string, seen: string): HostError {
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely:
      'Your SSH configuration takes known hosts only (StrictHostKeyChecking yes, or UserKnownHostsFile none).',
    next: `Put its key into known_hosts; or, if its fingerprint is right, give --accept-host-key ${seen}`,
    detail: seen,
  });
}

export function unexpected(name: string, seen: string, accept: readonly string[]): HostError {
  return new HostError('host-key-unknown', `${clean(name)} has another key than the one given.`, {
    likely: 'Another machine answers at that address, or the fingerprint is of another key of it.',
    next: `Given was ${clean(accept.join(', '))}; the host shows ${seen}. Compare it on the host.`,
    detail: seen,
  });
}

export function changed(name: string, { file, line }: KnownHost, key: Buffer): HostError {
  return new HostError('host-key-changed', `The key of ${clean(name)} is not the known one.`, {
    likely:
      'The machine was installed anew or its address belongs to another one now; ' +
      'or somebody listens in between.',
    next:
      file === fromCommand
        ? 'If you know why: the old key is told by KnownHostsCommand of your SSH configuration; correct it there.'
        : `If you know why: \`ssh-keygen -f '${file}' -R '${clean(name)}'\` removes the old key ` +
          `(${file}, line ${line}), then try again.`,
    detail: `The host shows ${keyType(key)} ${fingerprint(key)}`,
  });
}

export function revoked(name: string, { file, line }: KnownHost): HostError {
  return new HostError('host-key-revoked', `The key of ${clean(name)} has been revoked.`, {
    likely: `Somebody marked it as no longer to be trusted: ${file}, line ${line}.`,
    next: 'Ask who looks after that machine. Nothing was done there.',
  });
}

export function revokedBy(name: string, file: string): HostError {
  return new HostError('host-key-revoked', `The key of ${clean(name)} has been revoked.`, {
    likely: `${clean(file)} says so, which your SSH configuration names (RevokedHostKeys); or it cannot be read, and ssh trusts no host then.`,
    next: 'Ask who looks after that machine. Nothing was done there.',
  });
}

export function swapped(name: string): HostError {
  return new HostError('host-key-changed', `${clean(name)} showed two different keys.`, {
    likely: 'Several machines share that name or address; or somebody listens in between.',
    next: 'Connect by an address that leads to one machine only.',
  });
}
