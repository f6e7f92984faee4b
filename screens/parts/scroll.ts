import { useState } from 'react';
import { useSettled } from './patience.ts';

/** A text of which a part is in view. */
export interface Scroll {
  /** The first line in view, and the first that may be. */
  top: number;
  last: number;
  /** The end is, or has been, in view. */
  read: boolean;
  /** Does what a key of the action `scroll` asks for. */
  move(key: string): void;
}

/** Where somebody is in a text: at the same place after a resize, and at the end where that was it. */
interface Spot {
  top: number;
  /** The lines there were, and how wide. */
  count: number;
  width: number;
}

/** So long a text stands before it has surely been drawn, in milliseconds. */
const drawing = 100;

/**
 * Scrolls `count` lines, `room` of them in view. `follow` begins at the end, and stays there. `covered` is
 * what is not on the screen, such as under an overlay: of that nothing is read.
 */
export function useScroll(text: {
  count: number;
  width: number;
  room: number;
  follow?: boolean;
  covered?: boolean;
}): Scroll {
  const { count, width, room } = text;
  const [spot, setSpot] = useState<Spot>({ ...(text.follow ? atEnd : atStart), width });
  const [read, setRead] = useState(false);
  const last = Math.max(0, count - room);
  // Other line ends after a change of the width: the same share of the text is above.
  const wanted = spot.width === width ? spot.top : Math.round((spot.top * count) / spot.count);
  const top = Math.min(wanted, last);
  // Once read it stays read, also where a smaller screen shows less of it; what was passed by at once is not.
  const ending = top === last && text.covered !== true;
  const drawn = useSettled(ending ? 'the end' : null, drawing);
  if (drawn && !read) setRead(true);
  return {
    top,
    last,
    read: read || ending,
    move(key) {
      const to = scrolled(key, top, room, last);
      setSpot({ top: to === last && last > 0 ? atEnd.top : to, count, width });
    },
  };
}

const atStart = { top: 0, count: 1 };
const atEnd = { top: Number.POSITIVE_INFINITY, count: 1 };

/** Where a text of which `room` lines are shown begins after a key; `last` is where it may at most. */
export function scrolled(key: string, top: number, room: number, last: number): number {
  const page = Math.max(1, room - 1);
  const to: Record<string, number> = {
    up: top - 1,
    k: top - 1,
    down: top + 1,
    j: top + 1,
    pageup: top - page,
    pagedown: top + page,
    space: top + page,
    home: 0,
    end: last,
  };
  return Math.max(0, Math.min(to[key] ?? top, last));
}
