// Makes the README's pictures from a real session on the practice broker: npm run pictures
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launcher, newHome } from '../program/lockstep.ts';
import { Terminal } from './terminal.ts';

const folder = fileURLToPath(new URL('../../../screens/pictures/', import.meta.url));
await mkdir(folder, { recursive: true });
const home = await newHome();
const terminal = new Terminal(process.execPath, [launcher], {
  env: { ...home.environment, LOCKSTEP_HOME: '', COLORTERM: '', FORCE_COLOR: '1' },
});
try {
  await terminal.seen('Which broker?');
  const keep: [string, string][] = [
    ['› Issue the certificates', 'certificates'],
    ['Who gets in', 'harden'],
    ['Secured.', 'verify'],
  ];
  let last = '';
  while (keep.length > 0) {
    last = await terminal.until((now) => now !== last && now.includes('› '), 'a choice');
    const found = keep.findIndex(([text]) => last.includes(text));
    if (found >= 0) {
      await terminal.until((now) => !now.includes('being looked at'), 'all to be looked at');
      await terminal.quiet();
      const name = keep.splice(found, 1)[0]?.[1] ?? '';
      await terminal.picture(`${folder}${name}.svg`, `Lockstep, the step ${name}`);
    }
    terminal.press('enter');
  }
} finally {
  await terminal.close();
  await home.remove();
}
