import type { Terminal } from './terminal.ts';

/** What marks a choice or a field, which is not the mark of the present step in the list beside it. */
const offered = /(?:^|\s)[›>] (?!\d |here)/m;

/**
 * Presses Enter whenever the session waits for it, and nothing else, until `end` is on the screen.
 * Returns every screen on which it was pressed, and the last.
 */
export async function enterThrough(terminal: Terminal, end: string | RegExp): Promise<string[]> {
  const seen: string[] = [];
  const ended = (screen: string) =>
    typeof end === 'string' ? screen.includes(end) : end.test(screen);
  for (let presses = 0; presses < 100; presses++) {
    const before = seen.at(-1) ?? '';
    const screen = await terminal.until(
      (now) => now !== before && (ended(now) || offered.test(now)),
      'a choice to be offered',
    );
    seen.push(screen);
    if (ended(screen)) return seen;
    terminal.press('enter');
  }
  throw new Error(`never came to the end:\n${seen.at(-1)}`);
}
