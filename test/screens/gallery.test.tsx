import { describe, expect, test } from 'vitest';
import { scenes } from '../support/screens/scenes.ts';
import { ascii, show, unicode } from '../support/screens/show.tsx';

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 60, rows: 18 },
];
const looks = { Unicode: unicode, ASCII: ascii };

describe.each(Object.entries(scenes))('%s', (_name, scene) => {
  for (const size of sizes)
    for (const [look, environment] of Object.entries(looks))
      test(`${size.columns}x${size.rows} ${look}`, async () => {
        const shown = show(scene(), { ...size, environment });
        // Time passes, also here: a few seconds less count as what the scene began with.
        const frame = (await shown.frame()).replace(
          /(by itself in )(\d+)/,
          (_, words, left) =>
            words + ([84, 120].find((all) => left <= all && left > all - 10) ?? left),
        );
        await shown.close();
        expect(shown.output.overflow).toBe(0);
        if (look === 'ASCII') expect(frame).toMatch(/^[\n\x20-\x7e]*$/);
        expect(`\n${frame}\n`).toMatchSnapshot();
      });
});
