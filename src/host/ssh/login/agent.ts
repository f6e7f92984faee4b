import { connect, type Socket } from 'node:net';
import ssh2, {
  type AgentProtocol,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { within } from '../../programs/within.ts';

/** To say what keys it has, an agent asks nobody. */
const listSeconds = 10;
/** Before it signs, it may ask its user; but sshd waits two minutes for a login (LoginGraceTime). */
const signSeconds = 100;

/** The keys an SSH agent holds. Rejects with HostError `timeout` where it is there and says nothing. */
export const agentKeys = async (socket: string): Promise<ParsedKey[]> =>
  (await ask<ParsedKey[]>(connect(socket), listSeconds, 'It hangs.', (agent, answer) =>
    agent.getIdentities(answer),
  )) ?? [];

type Answer<T> = (error: Error | undefined | null, value?: T) => void;

/** One question, on a connection of its own, which ends with it; and it with that. */
function ask<T>(
  socket: Socket,
  seconds: number,
  likely: string,
  question: (agent: AgentProtocol, answer: Answer<T>) => void,
): Promise<T | undefined> {
  const agent = new ssh2.AgentProtocol(true);
  const answered = new Promise<T | undefined>((resolve, reject) => {
    agent.on('error', reject);
    socket.on('error', reject).on('close', () => reject(new Error('closed')));
    question(agent, (error, value) => (error ? reject(error) : resolve(value)));
  });
  agent.pipe(socket).pipe(agent);
  const next =
    'Look at it with `ssh-add -l`; or do without it: SSH_AUTH_SOCK= and --identity FILE.';
  return within(answered, { seconds, what: 'The SSH agent', likely, next }).finally(() =>
    socket.destroy(),
  );
}

/**
 * The agent with one key only. ssh2 would offer all it finds, and a host disconnects after a few
 * ("Too many authentication failures") before the right one had its turn.
 */
export class OneAgentKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #socket: string;
  readonly #key: ParsedKey;
  #signing: Socket | undefined;

  constructor(socket: string, key: ParsedKey) {
    super();
    this.#socket = socket;
    this.#key = key;
  }

  /** Whether it is at it now, and may have asked somebody. */
  get signing(): boolean {
    return this.#signing !== undefined;
  }

  /** Nobody waits for its signature any more. */
  leave(): void {
    this.#signing?.destroy();
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
    const how = typeof options === 'function' ? {} : options;
    const done = typeof options === 'function' ? options : callback;
    const likely = 'It waits for somebody to confirm it (a window, a touch), or it hangs.';
    const socket = connect(this.#socket);
    this.#signing = socket;
    ask<Buffer>(socket, signSeconds, likely, (agent, answer) =>
      agent.sign(key, data, how, answer as never),
    )
      .finally(() => {
        this.#signing = undefined;
      })
      .then(
        (signature) => done?.(null, signature),
        (error) => done?.(error),
      );
  }
}
