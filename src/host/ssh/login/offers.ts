import { basename } from 'node:path';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { HostError } from '../../../errors/host-error.ts';
import { clean } from '../../../text/clean.ts';
import { agentKeys, OneAgentKey } from './agent.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import type { Secrets } from './secrets.ts';

/** A key that can be offered to a host. */
export interface Offer {
  /** For texts: `key id_ed25519`, `agent key me@laptop`. */
  label: string;
  fromAgent: boolean;
  /** The attempt for ssh2; asks for a passphrase where one is needed. Null: the user gave up. */
  method(user: string): Promise<AnyAuthMethod | null>;
}

export interface Offers {
  offers: Offer[];
  /** Keys that were named and cannot be used, and an agent that does not answer. */
  problems: HostError[];
}

export interface OfferSources {
  identityFiles: readonly string[];
  /** Only these files, be it with the agent's help; not whatever else the agent holds. */
  identitiesOnly: boolean;
  /** The files were named for this run: one that is missing is then an error. */
  named: boolean;
  agentSocket?: string;
}

/**
 * The keys to try, in ssh's own order except that whatever asks a person comes last: named keys the
 * agent holds, key files, other agent keys, encrypted files.
 */
export async function collectOffers(sources: OfferSources, secrets: Secrets): Promise<Offers> {
  const files = await Promise.all([...new Set(sources.identityFiles)].map(readKeyFile));
  const problems: HostError[] = [];
  for (const file of files) {
    if (file.state === 'unusable') problems.push(file.why);
    if (file.state === 'missing' && sources.named) throw missing(file.path);
  }
  const socket = sources.agentSocket;
  const asking = socket === undefined ? Promise.resolve([]) : agentKeys(socket);
  const held = await asking.catch((error: unknown): ParsedKey[] => {
    problems.push(error instanceof HostError ? error : noAgent());
    return [];
  });
  const fromAgent = (key: ParsedKey) => agentOffer(socket as string, key);
  const named = (key: ParsedKey) => files.find((file) => isKey(file, key));
  const others = held.filter((key) => !named(key));
  const mine = files.flatMap((file) => held.filter((key) => isKey(file, key)));
  const notHeld = files.filter((file) => !mine.some((key) => isKey(file, key)));
  return {
    offers: [
      ...mine.map(fromAgent),
      ...notHeld.flatMap((file) =>
        file.state === 'ready' ? [fileOffer(file.path, file.key)] : [],
      ),
      ...(sources.identitiesOnly ? [] : others.map(fromAgent)),
      ...notHeld.flatMap((file) => (file.state === 'locked' ? [lockedOffer(file, secrets)] : [])),
    ],
    problems,
  };
}

function isKey(file: KeyFile, key: ParsedKey): boolean {
  return 'publicKey' in file && file.publicKey?.equals(key.getPublicSSH()) === true;
}

function agentOffer(socket: string, key: ParsedKey): Offer {
  return {
    label: `agent key ${clean(key.comment, 40) || key.type}`,
    fromAgent: true,
    method: async (username) => ({ type: 'agent', username, agent: new OneAgentKey(socket, key) }),
  };
}

function fileOffer(path: string, key: ParsedKey): Offer {
  return {
    label: `key ${basename(path)}`,
    fromAgent: false,
    method: async (username) => ({ type: 'publickey', username, key }),
  };
}

function lockedOffer(file: KeyFile & { state: 'locked' }, secrets: Secrets): Offer {
  return {
    label: `key ${basename(file.path)}`,
    fromAgent: false,
    async method(username) {
      const key = await secrets.unlock(file.path, file.unlock);
      return key ? { type: 'publickey', username, key } : null;
    },
  };
}

function missing(path: string): HostError {
  return new HostError('key-unreadable', `There is no key file ${clean(path)}.`, {
    likely: 'The name is misspelt, or the key is on another machine.',
    next: 'List your keys with `ls ~/.ssh`, or make one with `ssh-keygen -t ed25519`.',
  });
}

function noAgent(): HostError {
  return new HostError('authentication', 'The SSH agent does not answer.', {
    likely: 'SSH_AUTH_SOCK (or IdentityAgent in ~/.ssh/config) names an agent that has ended.',
    next: 'Start one with `eval "$(ssh-agent)"` and add the key: `ssh-add`; or give --identity FILE.',
  });
}
