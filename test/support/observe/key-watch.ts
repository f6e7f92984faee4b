// Run as a program of its own: watches every folder below those given, looks at each file the moment
// it is made or changed and at all of them over and over, and says when a private key can be read by
// others, or something like it could be put in its place.
import { lstatSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';

const roots = process.argv.slice(2);
const said = new Set<string>();
const watched = new Set<string>();
let rounds = 0;
let keys = 0;

function look(folder: string): void {
  // Packages: thousands of files that no program of ours touches.
  if (/\/var\/lib\/(dpkg|apt|systemd)$/.test(folder)) return;
  follow(folder);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // gone again
  }
  for (const name of names) lookAt(join(folder, name));
}

function follow(folder: string): void {
  if (watched.has(folder)) return;
  watched.add(folder);
  try {
    watch(folder, (_, name) => name !== null && lookAt(join(folder, name)))
      .once('close', () => watched.delete(folder))
      .on('error', () => watched.delete(folder));
  } catch {
    watched.delete(folder); // gone again
  }
}

function lookAt(path: string): void {
  try {
    const facts = lstatSync(path);
    if (facts.isDirectory()) look(path);
    else if (facts.isFile() && facts.size < 65_536) judge(path, facts.mode & 0o777, facts.size);
  } catch {} // gone again
}

function judge(path: string, mode: number, size: number): void {
  // Who opens a file while it is empty can read what is written to it later.
  const begun = size === 0 && /\/\.lockstep-[^/]*$/.test(path);
  const isKey =
    begun || /\.key$/.test(path) || readFileSync(path, 'latin1').includes('PRIVATE KEY');
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
  roots.forEach(look);
  rounds++;
}, 10);
