import { afterEach, expect, test } from 'vitest';
import { FakeSession } from '../support/screens/fake-session.ts';
import { answers, at } from '../support/screens/scenes.ts';
import { type Shown, show } from '../support/screens/show.tsx';

let shown: Shown | null = null;
afterEach(async () => {
  await shown?.close();
  shown = null;
});

const long = `The state folder cannot be written: ${'no room there, '.repeat(8)}and this is its end.`;

test.each([
  [80, 24],
  [60, 18],
])('a note that the header has no room for is whole in the help, %sx%s', async (columns, rows) => {
  const session = new FakeSession({ answers, events: at('inspect') });
  session.happen({ type: 'noted', text: long });
  shown = show(session, { columns, rows });
  const screen = await shown.seen('(?: all of it)');
  expect(screen).not.toContain('this is its end');
  await shown.press('?');
  await shown.until((now) => now.replace(/\s+/g, ' ').includes(long));
});

test('one that fits is in the header alone', async () => {
  const session = new FakeSession({ answers, events: at('inspect') });
  session.happen({ type: 'noted', text: 'All of it fits.' });
  shown = show(session);
  expect(await shown.seen('All of it fits.')).not.toContain('(?: all');
});
