// Run as a program of its own, as root: reads over and over what every process of this machine (and
// of the hosts on it) was started with, its arguments and its environment, and writes each once into
// the file named. Secrets are looked for in there afterwards, so it need not know any.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';

const into = process.argv[2] ?? '';
const seen = new Set<string>();
let rounds = 0;

function look(): void {
  const fresh: string[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const what of ['cmdline', 'environ'])
      try {
        const text = readFileSync(`/proc/${name}/${what}`, 'latin1');
        if (text === '' || seen.has(text)) continue;
        seen.add(text);
        fresh.push(`${what} ${text}\n`);
      } catch {} // gone again
  }
  if (fresh.length > 0) appendFileSync(into, fresh.join(''), { mode: 0o600 });
  rounds++;
}

process.on('SIGTERM', () => {
  console.log(JSON.stringify({ rounds }));
  process.exit(0);
});
console.log('watching');
setInterval(look, 5);
