import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../errors/trouble.ts';
import type { Cause, Reason } from './cause.ts';
import { type Connection, connect } from './connection.ts';
import { type FeedMessage, ReceivedMessage } from './message.ts';
import { Refusal } from './refusal.ts';
import { Tally } from './tally.ts';
import type { Target } from './target.ts';

export type FeedState =
  | { kind: 'stopped' }
  | { kind: 'connecting' }
  | { kind: 'connected'; since: number }
  /** `nextTry`: milliseconds since 1970. */
  | { kind: 'waiting'; cause: Cause | null; words: string; nextTry: number };

/** What the live pane shows; a new object after each change. */
export interface FeedView {
  state: FeedState;
  target: Target | null;
  topic: string;
  /** Received in all, also those no longer kept. */
  messages: number;
  bytes: number;
  /** Messages a second, over the last five seconds. */
  rate: number;
  /** Messages in each of the last 19 seconds, the oldest first. */
  perSecond: number[];
  /** The newest messages, at most 500, the oldest first. */
  recent: readonly FeedMessage[];
}

export interface FeedOptions {
  /** What is subscribed to; `test/#` unless told. */
  topic?: string;
  /** Listeners are called at most this often, in milliseconds; 100 unless told. */
  interval?: number;
}

const ringSize = 500;
const firstWait = 250;
const longestWait = 2000;
/** A connection that ends sooner than this was not a good one. */
const shortLife = 3000;

/**
 * A live subscriber that stays: it connects again by itself, sooner after a long life, later after
 * failures in a row, never later than 2 s. Nothing it meets makes it throw; it says so in its state.
 */
export class Feed {
  #topic: string;
  readonly #interval: number;
  readonly #listeners = new Set<() => void>();
  #state: FeedState = { kind: 'stopped' };
  #target: Target | null = null;
  #stop = new AbortController();
  #tally = new Tally();
  readonly #recent: FeedMessage[] = [];
  #nextCall: NodeJS.Timeout | null = null;
  #lastCall = 0;
  #fading: NodeJS.Timeout | null = null;
  #connection: Connection | null = null;

  constructor(options: FeedOptions = {}) {
    this.#topic = options.topic ?? 'test/#';
    this.#interval = options.interval ?? 100;
  }

  /** Subscribes at a listener and stays there. The same as `retarget`. */
  start(target: Target): void {
    this.retarget(target);
  }

  /** Leaves the present listener for another, or to another topic, at once; what was received stays. */
  retarget(target: Target, topic = this.#topic): void {
    this.#leave();
    this.#topic = topic;
    this.#target = target;
    this.#stop = new AbortController();
    this.#become({ kind: 'connecting' });
    void this.#stay(target, this.#stop.signal);
  }

  /** Disconnects and stays quiet. Idempotent. */
  stop(): void {
    this.#leave();
    this.#become({ kind: 'stopped' });
  }

  /** Calls after changes, at most once in the interval; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  view(): FeedView {
    const now = Date.now();
    return {
      state: this.#state,
      target: this.#target,
      topic: this.#topic,
      messages: this.#tally.messages,
      bytes: this.#tally.bytes,
      rate: this.#tally.rate(now),
      perSecond: this.#tally.perSecond(now),
      recent: this.#recent.slice(-ringSize),
    };
  }

  #leave(): void {
    this.#stop.abort();
    this.#connection?.end();
    this.#connection = null;
  }

  async #stay(target: Target, stopped: AbortSignal): Promise<void> {
    let wait = firstWait;
    let shortLives = 0;
    while (!stopped.aborted) {
      const { reason, life } = await this.#visit(target, stopped);
      if (stopped.aborted) return;
      if (life > shortLife) wait = firstWait;
      shortLives = life > 0 && life <= shortLife ? shortLives + 1 : 0;
      const words =
        shortLives >= 3
          ? 'The broker keeps ending the connection: perhaps another client uses the same client id.'
          : reason.words;
      const nextTry = Date.now() + wait;
      this.#become({ kind: 'waiting', cause: reason.cause, words, nextTry });
      await sleep(wait, undefined, { signal: stopped, ref: false }).catch(() => {});
      if (stopped.aborted) return;
      wait = Math.min(wait * 2, longestWait);
      this.#become({ kind: 'connecting' });
    }
  }

  /** One connection from beginning to end: why it ended, and how long it lived in milliseconds. */
  async #visit(
    target: Target,
    stopped: AbortSignal,
  ): Promise<{ reason: Reason | { cause: null; words: string }; life: number }> {
    try {
      const connection = await connect(target, stopped);
      if (stopped.aborted) {
        connection.end();
        return { reason: { cause: 'cancelled', words: 'It was cancelled.' }, life: 0 };
      }
      this.#connection = connection;
      const begun = Date.now();
      const reason = await this.#listen(connection, stopped, target.timeoutSeconds ?? 5);
      connection.end();
      return { reason, life: Math.max(1, Date.now() - begun) };
    } catch (error) {
      if (error instanceof Refusal)
        return { reason: { cause: error.reason, words: error.message }, life: 0 };
      const words = error instanceof Trouble ? error.message : 'The connection cannot be made.';
      return { reason: { cause: null, words }, life: 0 };
    }
  }

  #listen({ client, refused }: Connection, stopped: AbortSignal, seconds: number): Promise<Reason> {
    return new Promise((resolve) => {
      let reason: Reason = { cause: 'connection-lost', words: 'The connection was lost.' };
      client.on('message', (topic, payload, packet) => {
        if (!stopped.aborted) this.#receive(topic, payload, packet.qos, packet.retain);
      });
      const late = setTimeout(() => {
        const words = 'The broker took the connection, and did not answer the subscription.';
        resolve({ cause: 'no-answer', words });
      }, seconds * 1000).unref();
      client.once('close', () => {
        clearTimeout(late);
        resolve(refused() ?? reason);
      });
      client.subscribe(this.#topic, { qos: 0 }, (error, granted) => {
        clearTimeout(late);
        if (error || granted?.some(({ qos }) => qos >= 128)) {
          if (!client.connected) return; // 'close' comes too, and tells more
          reason = {
            cause: 'subscription-refused',
            words: 'The broker does not let us subscribe.',
          };
          resolve(reason);
        } else if (!stopped.aborted) this.#become({ kind: 'connected', since: Date.now() });
      });
    });
  }

  #receive(topic: string, payload: Buffer, qos: 0 | 1 | 2, retain: boolean): void {
    const at = Date.now();
    this.#tally.add(payload.length, at);
    const id = this.#tally.messages;
    const plain = !this.#target?.tls;
    this.#recent.push(new ReceivedMessage({ id, at, topic, payload, qos, retain, plain }));
    // Seldom, so that a flood does not move 500 entries for each message.
    if (this.#recent.length >= ringSize * 2) this.#recent.splice(0, ringSize);
    this.#changed();
  }

  #become(state: FeedState): void {
    this.#state = state;
    this.#changed();
  }

  /** Tells the listeners: at once after a quiet time, else when the interval is over. */
  #changed(): void {
    if (this.#nextCall) return;
    const due = Math.max(0, this.#lastCall + this.#interval - Date.now());
    this.#nextCall = setTimeout(() => this.#tell(), due).unref();
  }

  #tell(): void {
    this.#lastCall = Date.now();
    this.#nextCall = null;
    for (const listener of this.#listeners) listener();
    // The rate goes on falling when nothing comes any more.
    if (this.#fading) clearTimeout(this.#fading);
    this.#fading = null;
    if (this.#state.kind !== 'stopped' && this.#tally.rate(Date.now()) > 0)
      this.#fading = setTimeout(() => this.#changed(), 1000).unref();
  }
}
