import { expect, test } from 'vitest';
import { glyphsFor } from '../../screens/text/glyphs.ts';
import { textOf } from '../../screens/text/lines.ts';
import { evidenceLines } from '../../screens/views/evidence.ts';
import type { Evidence } from '../../src/steps/contract/evidence.ts';
import { unicode } from '../support/screens/show.tsx';

const seen: Evidence = {
  ...{ id: 'anonymous', title: 'A client', expect: 'accepted', observed: 'accepted', cause: null },
  words: 'No message was sent.',
  pass: true,
};
const shown = (one: Evidence) =>
  evidenceLines([one], 78, glyphsFor(unicode)).map(textOf).join('\n');

test('what was accepted, and not shown in full, says why; else the title is enough', () => {
  expect(shown(seen)).not.toContain('No message');
  expect(shown({ ...seen, partly: true })).toContain('No message was sent.');
  expect(shown({ ...seen, from: 'radxa@pump-3' })).toContain('No message was sent.');
  expect(shown({ ...seen, pass: false })).toContain('It should be accepted.');
});
