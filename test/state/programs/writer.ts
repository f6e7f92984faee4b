// Saves one site again and again, each time a little different, and says so after each:
// `saved N`, or `refused N: why`. Arguments: folder, how many, bytes of each.
import { writeSync } from 'node:fs';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import { newSite, type Site } from '../../../state/site/site.ts';
import { openStore } from '../../../state/store/store.ts';

const [folder = '', times = '0', bytes = '0'] = process.argv.slice(2);
const store = await openStore(folder);
const before = store.site('practice');
const first = before ? Number(before.journal[0]?.text.split(' ')[0]) + 1 : 0;

for (let n = first; n < first + Number(times); n++) {
  const site: Site = newSite(defaultAnswers(), new Date());
  const lines = Math.ceil(Number(bytes) / 300);
  for (let i = 0; i < lines || i < 1; i++)
    site.journal.push({ at: site.updated, step: 'inspect', text: `${n} ${'x'.repeat(200)}` });
  try {
    await store.save(site);
    writeSync(1, `saved ${n}\n`);
  } catch (error) {
    writeSync(1, `refused ${n}: ${(error as Error).message}\n`);
  }
}
