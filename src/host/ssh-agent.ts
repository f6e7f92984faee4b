import ssh2, {
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

/** The keys an SSH agent holds; null when nothing answers at that socket. */
export function agentKeys(socket: string): Promise<ParsedKey[] | null> {
  return new Promise((resolve) => {
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      resolve(error ? null : ((keys ?? []) as ParsedKey[]));
    });
  });
}

/**
 * The agent with one key only. ssh2 would offer all it finds, and a host disconnects after a few
 * ("Too many authentication failures") before the right one had its turn.
 */
export class OneAgentKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(socket: string, key: ParsedKey) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#key = key;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [this.#key]);
  }

  override sign(
    key: ParsedKey | Buffer | string,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else if (callback) this.#agent.sign(key, data, options, callback);
  }
}
