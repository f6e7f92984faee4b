// Takes locks as it is told on standard input, one command a line, and answers with a line each:
// `lock ID` -> `won` or `lost WHY`; `fight ID N` -> `fought`, or `violation`, or dies holding it.
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lockSite } from '../../../state/lock/lock.ts';
import { lifeOf, nameProcess } from '../../../state/lock/process-life.ts';

const [folder = ''] = process.argv.slice(2);
const owner = { user: 'ann', terminal: 'pts/7', pid: process.pid, since: new Date().toISOString() };
const say = (line: string) => writeSync(1, `${line}\n`);

async function lock(id: string): Promise<string> {
  try {
    await lockSite(folder, id, owner);
    return 'won';
  } catch (error) {
    return `lost ${(error as Error).message}`;
  }
}

/** Holds it up to N times, each time seeing that whoever held it before has let go or died. */
async function fight(id: string, times: number): Promise<string> {
  const inside = join(folder, 'inside.json');
  for (let held = 0; held < times; ) {
    const lock = await lockSite(folder, id, owner).catch(() => null);
    if (lock === null) continue;
    const before = JSON.parse(readFileSync(inside, 'utf8'));
    if (before !== null && lifeOf(before) !== 'ended') return 'violation';
    writeFileSync(inside, JSON.stringify(nameProcess(process.pid)));
    held += 1;
    if (Math.random() < 0.3) process.kill(process.pid, 'SIGKILL');
    writeFileSync(inside, 'null');
    await lock.release();
  }
  return 'fought';
}

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, id = '', times] = line.split(' ');
  say(command === 'lock' ? await lock(id) : await fight(id, Number(times)));
}
