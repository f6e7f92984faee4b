import { HostError } from '../../../errors/host-error.ts';
import { clean } from '../../../text/clean.ts';
import type { Accepted } from './accepted-keys.ts';
import { fingerprint, type KnownHost, keyType } from './known-hosts.ts';
import { fromCommand } from './known-hosts-command.ts';
import { ours, rsaBits } from './terms.ts';

// Why a host's key is not trusted.

/** A host, the fingerprint that it shows, and those that were given. */
interface Shown extends Accepted {
  name: string;
  seen: string;
}

const option = ({ before, seen }: Shown): string => `--accept-host-key ${clean(before)}${seen}`;

export function unknown(shown: Shown): HostError {
  const { name, seen, others } = shown;
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely:
      'This is the first connection to it from here, so its key cannot be checked.' +
      (others.length > 0 ? ' The fingerprints given are of other machines.' : ''),
    next: `If its fingerprint is right, give ${option(shown)}`,
    detail: seen,
  });
}

/** It shows a key whose fingerprint was given, for another machine. */
export function elsewhere(shown: Shown): HostError {
  const name = clean(shown.name);
  return new HostError('host-key-unknown', `${name} shows a key that was given for another one.`, {
    likely:
      "A fingerprint counts for one machine, and for the broker's where no name is before it. " +
      'Somebody shows that machine as this one; or both are one machine; or a name is missing.',
    next: `Compare ${shown.seen} on ${name} itself. If it is right, give ${option(shown)}`,
    detail: shown.seen,
  });
}

export function knownOnly(shown: Shown): HostError {
  const { name, seen } = shown;
  return new HostError('host-key-unknown', `${clean(name)} is not a known host.`, {
    likely:
      'Your SSH configuration takes known hosts only (StrictHostKeyChecking yes, or UserKnownHostsFile none).',
    next: `Put its key into known_hosts; or, if its fingerprint is right, give ${option(shown)}`,
    detail: seen,
  });
}

export function authorityUnseen(shown: Shown): HostError {
  const { name, seen } = shown;
  return new HostError(
    'host-key-unknown',
    `${clean(name)} has a certificate, and its authority may be revoked.`,
    {
      likely:
        'Your known_hosts or SSH configuration revokes keys. Whether that authority is one of them is not looked at here.',
      next: `If its fingerprint is right, give ${option(shown)}`,
      detail: seen,
    },
  );
}

export function unexpected({ name, seen, own }: Shown): HostError {
  return new HostError('host-key-unknown', `${clean(name)} has another key than the one given.`, {
    likely: 'Another machine answers at that address, or the fingerprint is of another key of it.',
    next: `Given was ${clean(own.join(', '))}; the host shows ${seen}. Compare it on the host.`,
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

export function tooShort(name: string, key: Buffer, least: number): HostError {
  return new HostError('host-key-not-allowed', `The RSA key of ${clean(name)} is too short.`, {
    likely: `It has ${rsaBits(key)} bits; your SSH configuration (RequiredRSASize), or ssh itself, takes none of fewer than ${least}.`,
    next: 'Let that host have a longer one or one of another kind, and put that into known_hosts in place of this one. Nothing was done there.',
    detail: `The host shows ${keyType(key)} ${fingerprint(key)}`,
  });
}

/** The configuration allows none of the kinds of host keys that Lockstep can check. */
export function noneLeft(name: string): HostError {
  return new HostError(
    'host-key-not-allowed',
    `There is no kind of host key by which ${clean(name)} may be known.`,
    {
      likely: `HostKeyAlgorithms of your SSH configuration allows none of those that Lockstep can check: ${ours.join(', ')}.`,
      next: 'Allow one of them for that host there, if its keys are of that kind. Nothing was done.',
    },
  );
}

/** The host has no key of the kinds that it was asked for. */
export function noneInCommon(who: string, asked: readonly string[]): HostError {
  const all = asked.length === ours.length;
  return new HostError(
    'host-key-not-allowed',
    `${clean(who)}: the host has no key of a kind that may be taken.`,
    {
      likely: all
        ? `Its SSH server is old, or has been given keys of other kinds only. Lockstep takes ${asked.join(', ')}.`
        : `HostKeyAlgorithms of your SSH configuration leaves ${asked.join(', ')}; its keys are of other kinds.`,
      next: all
        ? 'Give it a key of such a kind (`ssh-keygen -A` there makes the missing ones). Nothing was done there.'
        : 'Give it a key of such a kind (`ssh-keygen -A` there), or allow one that it has. Nothing was done there.',
    },
  );
}
