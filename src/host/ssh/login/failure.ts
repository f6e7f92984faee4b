import { HostError } from '../../../errors/host-error.ts';

/** What was tried at a login, for the error that sums it up. */
export interface LoginRecord {
  who: string;
  /** Labels of keys, and `password` for each one typed. */
  tried: string[];
  agentKeys: number;
  /** Keys that could not be used. */
  problems: HostError[];
  /** The ways in that the host named last. */
  methods: readonly string[];
  /** What stopped the login from this side. */
  failure?: HostError;
}

/** The error that says why a host let nobody in. `cause` is ssh2's. */
export function refusedLogin(record: LoginRecord, cause: unknown): HostError {
  const { who, tried, agentKeys, problems, methods, failure } = record;
  const [problem] = problems;
  const keys = tried.filter((label) => label !== 'password');
  const detail = tried.length > 0 ? `Tried: ${[...new Set(tried)].join(', ')}.` : '';
  if (failure && failure.kind !== 'authentication') return failure;
  if (failure?.message === expired(who).message) return failure;
  if (tried.includes('password')) return notAccepted(who, { detail, cause });
  if (cause instanceof Error && /Too many authentication failures/.test(cause.message))
    return new HostError('authentication', `${who} hung up after too many keys.`, {
      likely: `The SSH agent offered ${agentKeys} keys, and a host stops listening after about six.`,
      next: 'Say which key is for this host: --identity FILE, or IdentityFile in ~/.ssh/config.',
      detail,
      cause,
    });
  if (problem) return problem;
  if (failure) return withDetail(failure, detail);
  if (keys.length > 0)
    return new HostError('authentication', `${who} accepted none of the keys.`, {
      likely: 'The public key is not in ~/.ssh/authorized_keys there, or the user name is another.',
      next: `Add it with \`ssh-copy-id ${who}\`, or name another with --identity FILE.`,
      detail,
      cause,
    });
  return new HostError('authentication', `There is no way to log in to ${who}.`, {
    likely: `No key was found here; the host takes: ${methods.join(', ') || 'nothing it would name'}.`,
    next: 'Give a key with --identity FILE, or make one: `ssh-keygen -t ed25519`, `ssh-copy-id`.',
    cause,
  });
}

/** The host took none of the passwords that it was given. */
export const notAccepted = (who: string, more: { detail?: string; cause?: unknown } = {}) =>
  new HostError('authentication', `${who} did not accept the password.`, {
    likely: 'A typing error, another user name, or the host lets this user in with a key only.',
    next: `Try \`ssh ${who}\` by hand; it must let you in.`,
    ...more,
  });

/** It wants another password, which nobody but its owner is to choose. */
export const expired = (who: string): HostError =>
  new HostError('authentication', `The password of ${who} has expired.`, {
    likely: 'That machine lets this user in only to choose a new one.',
    next: `Log in by hand (\`ssh ${who}\`), change it there, then try again.`,
  });

function withDetail(failure: HostError, detail: string): HostError {
  const { kind, message, likely, next } = failure;
  return new HostError(kind, message, { likely, next, detail: failure.detail || detail });
}
