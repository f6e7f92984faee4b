// Run as a program of its own: looks at every file below a folder, over and over, and says when a
// private key can be read by others, or something like it could be put in its place.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2] ?? '';
const said = new Set<string>();
let rounds = 0;
let keys = 0;

function look(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // gone again
  }
  for (const name of names) {
    const path = join(folder, name);
    try {
      const facts = lstatSync(path);
      if (facts.isDirectory()) look(path);
      else if (facts.isFile() && facts.size < 65_536) lookAt(path, facts.mode & 0o777);
    } catch {} // gone again
  }
}

function lookAt(path: string, mode: number): void {
  const isKey = /\.key$/.test(path) || readFileSync(path, 'latin1').includes('PRIVATE KEY');
  if (!isKey) return;
  keys++;
  const line = `${mode.toString(8)} ${path}`;
  if ((mode & 0o077) === 0 || said.has(line)) return;
  said.add(line);
  console.log(line);
}

process.on('SIGTERM', () => {
  console.log(JSON.stringify({ rounds, keys }));
  process.exit(0);
});
console.log('watching');
setInterval(() => {
  look(root);
  rounds++;
}, 1);
