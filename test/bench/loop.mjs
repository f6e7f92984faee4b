// Loaded before a program (node --import 'loop.mjs?to=FILE'): writes the longest time, in ms, that
// its event loop did not turn, to FILE when the program ends. What the machine gave to other programs
// meanwhile does not count, where the kernel tells it (proc(5): schedstat, time on the run queue).
import { readFileSync, writeFileSync } from 'node:fs';

const to = new URL(import.meta.url).searchParams.get('to');
const every = 4;
let longest = 0;
let at = 0;
let last = performance.now();
let waited = onRunQueue();

function turn() {
  const [now, queue] = [performance.now(), onRunQueue()];
  const stood = now - last - every - (queue - waited);
  if (stood > longest) {
    longest = stood;
    at = last;
  }
  last = now;
  waited = queue;
}

/** Milliseconds that the main thread has waited for a processor so far; 0 where nobody tells. */
function onRunQueue() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

setInterval(turn, every).unref();
process.on('exit', () => {
  turn();
  writeFileSync(to, JSON.stringify({ longest, at }));
});
