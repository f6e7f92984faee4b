import type { Feed, FeedView } from '../../../src/mqtt/feed.ts';
import type { FeedMessage } from '../../../src/mqtt/message.ts';
import type { Answers } from '../../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Question } from '../../../src/steps/contract/question.ts';
import {
  type Event,
  initial,
  type State,
  transition,
  type UserEvent,
} from '../../../state/machine/machine.ts';
import type { Session, SiteSummary } from '../../../state/session/session-parts.ts';

/** A session without a world: the machine's own transitions, and a record of what was sent. */
export class FakeSession implements Session {
  readonly sent: UserEvent[] = [];
  readonly replies: (string | null)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #questions: Question[];
  readonly #sites: SiteSummary[];
  readonly #commands: string[];
  #state: State;
  pane: FakeFeed | null = null;

  constructor(
    parts: {
      answers?: Answers;
      questions?: Question[];
      sites?: SiteSummary[];
      commands?: string[];
      events?: Event[];
    } = {},
  ) {
    this.#questions = parts.questions ?? [];
    this.#sites = parts.sites ?? [];
    this.#commands = parts.commands ?? ['mosquitto -h | head -n 1'];
    this.#state = initial(parts.answers ?? defaultAnswers());
    for (const event of parts.events ?? []) this.#state = transition(this.#state, event);
  }

  /** What the world reports. */
  happen(...events: Event[]): void {
    for (const event of events) this.#state = transition(this.#state, event);
    for (const listener of this.#listeners) listener();
  }

  state = (): State => this.#state;
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  send(event: UserEvent): void {
    this.sent.push(event);
    this.happen(event);
  }
  reply(answer: string | null): void {
    this.replies.push(answer);
    this.happen({ type: 'answered' });
  }
  saveAnswers(): void {}
  questions = (): Question[] => this.#questions;
  byHand = (): string[] => this.#commands;
  feed = (): Feed | null => this.pane as unknown as Feed | null;
  sites = (): SiteSummary[] => this.#sites;
  belongings = () => null;
  async close(): Promise<void> {}
}

/** A live feed that says what it is told to. */
export class FakeFeed {
  readonly #listeners = new Set<() => void>();
  #view: FeedView = {
    state: { kind: 'connected', since: 0 },
    target: { host: 'rock-4se', port: 1883, protocolVersion: 4 },
    topic: 'test/#',
    messages: 0,
    bytes: 0,
    rate: 0,
    perSecond: [],
    recent: [],
  };

  view = (): FeedView => this.#view;
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  become(change: Partial<FeedView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
  arrive(topic: string, payload: string, more: Partial<FeedMessage> = {}): void {
    const id = this.#view.messages + 1;
    const message: FeedMessage = {
      id,
      at: new Date(2026, 9, 1, 12, 1, id % 60).getTime(),
      topic,
      payload,
      binary: false,
      cut: false,
      qos: 0,
      retain: false,
      plain: !this.#view.target?.tls,
      bytes: payload.length,
      ...more,
    };
    this.become({ messages: id, recent: [...this.#view.recent, message].slice(-500) });
  }
}
