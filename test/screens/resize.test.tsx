import { expect, test } from 'vitest';
import { scenes } from './scenes.ts';
import { show } from './show.tsx';

const sizes: [number, number][] = [
  [60, 18],
  [100, 30],
  [59, 17],
  [20, 5],
  [80, 24],
  [200, 60],
  [61, 40],
];

for (const name of ['planned', 'ready, with answers', 'secret', 'welcome, with earlier set-ups'])
  test(`after each resize the frame is what a fresh start would draw: ${name}`, async () => {
    const shown = show(scenes[name]?.() as never);
    await shown.frame();
    for (const [columns, rows] of sizes) {
      shown.resize(columns, rows);
      const fresh = show(scenes[name]?.() as never, { columns, rows });
      const wanted = await fresh.frame();
      await fresh.close();
      await shown.until((screen) => screen === wanted, `the frame\n${wanted}`);
      expect(shown.output.overflow).toBe(0);
    }
    await shown.close();
  });

test('what is being typed survives a resize', async () => {
  const shown = show(scenes['welcome, fresh']?.() as never);
  await shown.seen('A broker over SSH');
  await shown.press('down', 'enter');
  shown.type('pi@rock');
  await shown.seen('pi@rock');
  shown.resize(62, 20);
  await shown.until(
    (screen) => screen.includes('pi@rock') && !screen.split('\n').some((line) => line.length > 62),
  );
  shown.resize(30, 8);
  await shown.seen('needs at least');
  shown.resize(80, 24);
  await shown.seen('lockstep');
  await shown.close();
});
