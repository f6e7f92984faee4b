// Loaded before a program (node --import 'loop.mjs?to=FILE'): writes the longest time, in ms, that
// its event loop did not turn, to FILE when the program ends.
import { writeFileSync } from 'node:fs';

const to = new URL(import.meta.url).searchParams.get('to');
const every = 2;
let longest = 0;
let at = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - last - every > longest) {
    longest = now - last - every;
    at = last;
  }
  last = now;
}, every).unref();
process.on('exit', () => {
  longest = Math.max(longest, performance.now() - last - every);
  writeFileSync(to, JSON.stringify({ longest, at }));
});
