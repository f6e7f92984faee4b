import { useEffect, useState } from 'react';
import type { Feed, FeedView } from '../../src/mqtt/feed.ts';
import { edit, fieldOf, insert } from '../forms/text-field.ts';
import { useLayer } from '../keys/keyboard.tsx';
import { Lines } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { scrolled } from '../parts/scroll.ts';
import { blank, type Line, say } from '../text/lines.ts';
import { headingLine, matching, messageLine } from './live-lines.ts';

/** The live subscriber: its heading, and the newest messages, the newest at the bottom. */
export function LivePane(props: {
  feed: Feed;
  focused: boolean;
  interval: number;
  onBlur(): void;
}) {
  const { layout, glyphs } = useLook();
  const now = useFeed(props.feed, props.interval);
  const [held, setHeld] = useState<FeedView | null>(null);
  const [filter, setFilter] = useState(fieldOf(''));
  const [typing, setTyping] = useState(false);
  const [back, setBack] = useState(0);
  const area = layout.live;
  const room = (area?.height ?? 1) - 1;

  const messages = matching((held ?? now).recent, filter.text);
  const last = Math.max(0, messages.length - room);
  const top = Math.max(0, last - back);
  const scroll = (key: string) => {
    const to = scrolled(key, top, room, last);
    setBack(last - to);
    // Reading back holds the pane still; being at the end again lets it go.
    if (to < last) setHeld(held ?? now);
    else if (back > 0) setHeld(null);
  };
  const pause = () => {
    setHeld(held ? null : now);
    setBack(0);
  };
  useLayer(
    {
      mode: 'live',
      on: { scroll, pause, filter: () => setTyping(true), back: props.onBlur },
    },
    props.focused && !typing,
  );
  const stopTyping = (keep: boolean) => {
    if (!keep) setFilter(fieldOf(''));
    setTyping(false);
  };
  useLayer(
    {
      mode: 'field',
      on: {
        accept: () => stopTyping(true),
        back: () => stopTyping(false),
        edit: (key) => setFilter(edit(filter, key)),
        change: (key) => setFilter(edit(filter, key)),
      },
      onText: (text) => setFilter((current) => insert(current, text)),
    },
    props.focused && typing,
  );

  if (!area) return null;
  const pane = {
    focused: props.focused,
    paused: held !== null,
    held: held ? now.messages - held.messages : 0,
    filter: filter.text,
    typing,
  };
  const shown = messages
    .slice(top, top + room)
    .map((one) => messageLine(one, Boolean(now.target?.tls)));
  const empty: Line[] = filter.text === '' ? [] : [say(' nothing contains these letters', 'quiet')];
  const rows = shown.length > 0 ? shown : empty;
  return (
    <Lines
      lines={[headingLine(now, pane, area.width, glyphs), ...rows, blank]}
      width={area.width}
      height={area.height}
    />
  );
}

const settle = 5000;

/**
 * The feed as it is now, at most once in `interval` milliseconds. While nothing arrives the rate
 * alone is no reason to draw: that would cost more than the message did.
 */
function useFeed(feed: Feed, interval: number): FeedView {
  const [view, setView] = useState(() => feed.view());
  useEffect(() => {
    let timer: NodeJS.Timeout | null = null;
    let shown = feed.view();
    let at = Date.now();
    setView(shown);
    const draw = () => {
      timer = null;
      const next = feed.view();
      const same = next.messages === shown.messages && next.state === shown.state;
      if (same && next.rate > 0 && Date.now() - at < settle) return;
      shown = next;
      at = Date.now();
      setView(next);
    };
    const stop = feed.subscribe(() => {
      timer ??= setTimeout(draw, Math.max(0, at + interval - Date.now()));
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, [feed, interval]);
  return view;
}
