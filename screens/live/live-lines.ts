import type { FeedView } from '../../src/mqtt/feed.ts';
import type { FeedMessage } from '../../src/mqtt/message.ts';
import { targetName } from '../../src/mqtt/target.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { type Line, take, widthOf } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';

/** What the user has done to the pane. */
export interface PaneView {
  focused: boolean;
  paused: boolean;
  /** Messages that came since it was paused. */
  held: number;
  filter: string;
  /** The filter is being typed. */
  typing: boolean;
}

/**
 * The pane's heading, as wide as the screen. What changes with each message stands at the end:
 * only from there on is the row sent to the terminal again.
 */
export function headingLine(feed: FeedView, pane: PaneView, width: number, glyphs: Glyphs): Line {
  const { rule } = glyphs;
  const parts = [
    `${feed.topic}${feed.target ? ` on ${targetName(feed.target)}` : ''}`,
    ...connectionWords(feed),
    ...(pane.typing || pane.filter ? [`filter: ${pane.filter}${pane.typing ? '_' : ''}`] : []),
    ...(pane.paused ? [`paused, ${pane.held} held`] : []),
  ];
  const left = `${rule}${pane.focused ? glyphs.here : rule}${rule} ${parts.join(` ${rule} `)} `;
  const count = feed.state.kind === 'waiting' ? '' : ` ${countWords(feed, glyphs)} `;
  const right = `${count}${rule}`;
  const tone: Tone = pane.focused ? 'accent' : 'quiet';
  const room = Math.max(0, width - widthOf([{ text: right }]));
  const shown = take(left, room);
  const fill = rule.repeat(Math.max(0, room - widthOf([{ text: shown }])));
  return [{ text: shown + fill + right, tone }];
}

function connectionWords({ state, target }: FeedView): string[] {
  const security = !target?.tls ? 'plain' : target.tls.cert ? 'mTLS' : 'TLS';
  switch (state.kind) {
    case 'connected':
      return [security];
    case 'connecting':
      return [security, 'connecting'];
    case 'waiting':
      return [`trying again: ${state.words}`];
    default:
      return ['off'];
  }
}

function countWords(feed: FeedView, glyphs: Glyphs): string {
  const count = `${feed.messages} message${feed.messages === 1 ? '' : 's'}`;
  if (feed.rate === 0) return count;
  const last = feed.perSecond.slice(-5);
  const most = Math.max(1, ...last);
  const top = glyphs.spark.length - 1;
  const spark = last.map((value) => glyphs.spark[Math.round((value / most) * top)]).join('');
  return `${count} ${glyphs.rule} ${feed.rate.toFixed(1)}/s ${spark}`;
}

/** One message: when, where, what; and what the heading (`tls`: it is encrypted there) does not tell of it. */
export function messageLine(message: FeedMessage, tls: boolean): Line {
  const marks = [
    message.retain ? 'retained' : '',
    message.plain && tls ? 'before, plain' : '',
    message.cut ? `${message.bytes} bytes` : '',
  ]
    .filter((mark) => mark !== '')
    .join(', ');
  const text = ` ${clock(message.at)} ${message.topic}  ${message.payload}`;
  return [{ text: marks ? `${text}  (${marks})` : text }];
}

/** Messages whose topic or payload contains the letters, in either case. */
export function matching(messages: readonly FeedMessage[], filter: string): readonly FeedMessage[] {
  if (filter === '') return messages;
  const letters = filter.toLowerCase();
  return messages.filter(({ topic, payload }) =>
    `${topic} ${payload}`.toLowerCase().includes(letters),
  );
}

/** Local time of day, to the second. */
function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
