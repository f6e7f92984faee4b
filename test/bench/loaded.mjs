// Loaded before a program (node --import 'loaded.mjs?to=FILE'): writes which modules it has loaded,
// one URL a line, to FILE when it ends.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const to = new URL(import.meta.url).searchParams.get('to');
const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(to, urls.join('\n')));
