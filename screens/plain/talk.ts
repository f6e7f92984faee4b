import type { FeedView } from '../../src/mqtt/feed.ts';
import { messageLine } from '../live/live-lines.ts';
import type { TerminalStream } from '../terminal/output.ts';
import { type Glyphs, glyphsFor } from '../text/glyphs.ts';
import { fitted, type Line, say, textOf, wrap } from '../text/lines.ts';
import type { PlainInput } from './input.ts';

/** What can be answered to a prompt: the number of a choice, or one of the words. */
export type PlainChoice = number | 'leave' | 'back' | 'again' | 'commands' | 'overtaken';

const words: Record<string, PlainChoice> = { q: 'leave', b: 'back', r: 'again', c: 'commands' };

/** To a question in between there is no way back, and nothing to be typed by hand instead. */
const wordsBetween: typeof words = { q: 'leave' };

/** Everything the plain mode prints. Plain lines: no colour, no cursor movement, no frames. */
export class PlainTalk {
  /** Signs in plain mode are ASCII always: a screen reader speaks them. */
  readonly glyphs: Glyphs = glyphsFor({});
  readonly width: number;
  readonly #out: TerminalStream;
  readonly #ascii: boolean;
  #seen = 0;
  #doing = '';

  constructor(out: TerminalStream, ascii: boolean) {
    this.#out = out;
    this.#ascii = ascii;
    this.width = Math.max(40, (out.columns || 80) - 1);
  }

  say(text: string): void {
    if (text === '') this.lines([[]]);
    else this.lines(wrap(text, this.width).map((line) => say(line)));
  }

  /** What is under way; said once, however often it is told. */
  doing(what: string): void {
    if (what !== this.#doing) this.lines(wrap(`${what} ...`, this.width).map((line) => say(line)));
    this.#doing = what;
  }

  lines(lines: readonly Line[]): void {
    this.#doing = '';
    for (const line of lines)
      this.#out.write(`${textOf(fitted(line, 2000, this.#ascii)).trimEnd()}\n`);
  }

  /** Lines whose blanks at the beginning mean something, as those of a difference. */
  asTheyAre(lines: readonly string[]): void {
    this.lines(lines.map((line) => say(line)));
  }

  /** Commands as they are, to be copied; only what a terminal would act on is taken out. */
  commands(commands: readonly string[]): void {
    this.say('What you would type:');
    for (const command of commands) this.asTheyAre(command.split('\n'));
    this.say('');
  }

  /** Messages that came since the last time, at most ten. */
  messages(feed: FeedView | null): void {
    const fresh = (feed?.recent ?? []).filter(({ id }) => id > this.#seen);
    if (fresh.length === 0) return;
    this.#seen = fresh.at(-1)?.id ?? this.#seen;
    this.say(`Messages on ${feed?.topic}:`);
    this.lines(fresh.slice(-10).map((one) => messageLine(one, Boolean(feed?.target?.tls))));
  }

  /**
   * Offers numbered choices. Enter alone is `standard`; where that is null it chooses nothing. `until` ends
   * the wait without an answer. `between`: it came up in the middle of something.
   */
  async choose(
    title: string,
    items: readonly { label: string; disabled?: string }[],
    input: PlainInput,
    {
      standard = 0,
      until,
      between = false,
    }: { standard?: number | null; until?: Promise<void>; between?: boolean } = {},
  ): Promise<PlainChoice> {
    for (const [index, item] of items.entries())
      this.lines([
        say(`  ${index + 1}  ${item.label}${item.disabled ? ` (${item.disabled})` : ''}`),
      ]);
    for (;;) {
      const enter = standard === null ? ':' : ` [${standard + 1}]`;
      const offered = between ? '' : 'b back, c commands, ';
      this.#out.write(`${title} 1-${items.length}, ${offered}q leave${enter} `);
      const overtaken = until?.then(() => undefined);
      const line = await (overtaken ? Promise.race([input.line(), overtaken]) : input.line());
      if (line === undefined) {
        this.#out.write('\n');
        return 'overtaken';
      }
      if (line === null) return 'leave';
      const answer = line.trim().toLowerCase();
      const word = (between ? wordsBetween : words)[answer];
      if (word !== undefined) return word;
      const index = answer === '' ? (standard ?? -1) : Number(answer) - 1;
      const item = Number.isInteger(index) ? items[index] : undefined;
      if (item && !item.disabled) return index;
      this.say(
        item
          ? `Not now: ${item.disabled}.`
          : `${answer === '' ? 'Enter alone agrees to nothing. ' : ''}Please type a number from 1 to ${items.length}.`,
      );
    }
  }

  /** Asks for a line of text; null at the end of input. */
  async ask(prompt: string, input: PlainInput): Promise<string | null> {
    this.#out.write(prompt);
    return input.line();
  }

  /** Asks for something that is not echoed. */
  async hidden(prompt: string, input: PlainInput): Promise<string | null> {
    // Whoever types at once, or a program, must not be echoed either.
    const answer = await input.hidden(() => this.#out.write(prompt));
    this.#out.write('\n');
    return answer;
  }
}
