import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { glyphsFor } from '../../screens/text/glyphs.ts';
import { folded, type Line, textOf, widthOf } from '../../screens/text/lines.ts';
import { planLines } from '../../screens/views/plan.ts';
import type { Change, Plan } from '../../src/steps/contract/plan.ts';
import type { FakeSession } from '../support/screens/fake-session.ts';
import { planOf, theEnd } from '../support/screens/long-plan.ts';
import { changes, scenes } from '../support/screens/scenes.ts';
import { ascii, type Shown, SlowClock, show, unicode } from '../support/screens/show.tsx';

const agreed = ({ sent }: FakeSession): boolean => sent.some(({ type }) => type === 'agree');

let shown: Shown | null = null;
afterEach(async () => {
  await shown?.close();
  shown = null;
});

describe('a plan', () => {
  test('takes no key in its first second', async () => {
    const [session, clock] = [planOf(1), new SlowClock()];
    shown = show(session, { clock });
    await shown.seen(theEnd);
    await shown.press('enter', 'enter', '1', 'space', 'enter');
    clock.pass(999);
    await shown.press('enter', '1');
    expect(session.sent).toEqual([]);
    expect(await shown.frame()).not.toContain('Make this change');
    clock.pass(399);
    expect(await shown.frame()).not.toContain('Make this change');
    clock.pass(1);
    await shown.seen('› Make this change');
    await shown.press('enter');
    expect(session.sent).toEqual([{ type: 'agree' }]);
  });

  test('that does not fit is read with Enter alone, and agreed to only then', async () => {
    const session = planOf(30);
    shown = show(session);
    const pages: string[] = [];
    for (;;) {
      const now = await shown.until(
        (screen) => screen !== pages.at(-1) && / › |› (Read|Make)/.test(screen),
      );
      pages.push(now);
      if (now.includes('› Make')) break;
      expect(now).toMatch(/› Read on: \d+ more lines?, then the choice/);
      expect(now).not.toContain('Make this change');
      await shown.press('enter');
    }
    for (const words of [...Array.from({ length: 30 }, (_, at) => `+line ${at}\n`), theEnd])
      expect(pages.join('\n')).toContain(words.trimEnd());
    expect(session.sent).toEqual([]);
    await shown.press('enter');
    expect(session.sent).toEqual([{ type: 'agree' }]);
  });

  test('what else it can do is not kept back, and takes no plan for read', async () => {
    const session = planOf(30);
    shown = show(session);
    await shown.seen('› Read on');
    await shown.press('down');
    await shown.seen('› Not now');
    await shown.press('pagedown');
    await shown.press('enter');
    expect(session.sent).toEqual([{ type: 'decline' }]);
  });

  test('once read it stays so, on a smaller screen too; covered by the help it waits its second again', async () => {
    const [session, clock] = [planOf(12), new SlowClock()];
    shown = show(session, { clock, columns: 100, rows: 50 });
    await shown.seen(theEnd);
    clock.pass(1000);
    await shown.seen('› Make this change');
    shown.resize(80, 24);
    await shown.until((screen) => !screen.includes(theEnd) && screen.includes('› Make this'));
    await shown.press('?', 'x', 'enter');
    expect(session.sent).toEqual([]);
    clock.pass(1000);
    await shown.seen('› Make this change');
  });

  test('that one comes back to from the shell waits its second again', async () => {
    const [session, clock] = [planOf(1), new SlowClock()];
    shown = show(session, { clock, suspend: async () => {} });
    await shown.seen(theEnd);
    clock.pass(1000);
    await shown.seen('› Make this change');
    shown.type('\u001A');
    await shown.frame();
    await shown.press('enter', 'enter');
    expect(session.sent).toEqual([]);
    clock.pass(1000);
    await shown.seen('› Make this change');
    await shown.press('enter');
    expect(agreed(session)).toBe(true);
  });

  test('whatever is pressed, it is agreed to only a second after its end was in view', async () => {
    const keys = ['enter', 'space', 'pagedown', 'pageup', 'down', 'end', '1', '1', 'enter'];
    const step = fc.record({
      key: fc.constantFrom(...keys),
      wait: fc.constantFrom(0, 0, 400, 1000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.array(step, { minLength: 4, maxLength: 10 }),
        async (lines, steps) => {
          const [session, clock] = [planOf(lines), new SlowClock()];
          const one = show(session, { clock });
          try {
            await one.seen('Harden');
            let seenFor = Number.NaN;
            for (const { key, wait } of steps) {
              if ((await one.frame()).includes(theEnd) && Number.isNaN(seenFor)) seenFor = 0;
              clock.pass(wait);
              seenFor += wait;
              await one.frame();
              await one.press(key);
              if (!agreed(session)) continue;
              expect(seenFor).toBeGreaterThanOrEqual(1000);
              return;
            }
          } finally {
            await one.close();
          }
        },
      ),
      { numRuns: 6 },
    );
  }, 120_000);

  test('keys that keep coming never agree to it', async () => {
    const [session, clock] = [planOf(1), new SlowClock()];
    shown = show(session, { clock });
    await shown.seen(theEnd);
    for (let time = 0; time < 12; time++) {
      clock.pass(300);
      await shown.press('enter');
    }
    expect(agreed(session)).toBe(false);
  });
});

test('a question takes no answer in its first second either, and shows all that it asks about', async () => {
  const clock = new SlowClock();
  const session = scenes['host key']?.() as FakeSession;
  shown = show(session, { clock, columns: 60, rows: 18 });
  await shown.seen('SHA256:');
  await shown.press('enter', '2', '1');
  expect(session.replies).toEqual([]);
  expect((await shown.frame()).replace(/\s|…/g, '')).toContain(
    '6uGc1VDM7aTkhW9eVVf8fGmWZ0dFqyWlPmhqR3yJ0u8',
  );
  clock.pass(1000);
  await shown.seen('› No, do not connect');
});

describe('nothing is cut', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '/', ' ', '.', '漢', '+', '-') });
  const spans = fc.array(text.map((words) => ({ text: words })));
  const mark = { unicode: /^ {2}… /, ascii: /^\.{3} / };

  test('of a line: it goes on behind a mark, and is the same when put together', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 12, max: 90 }), fc.boolean(), (line, width, plain) => {
        const [first, ...rest] = folded(line, width, plain) as [Line, ...Line[]];
        const sign = plain ? mark.ascii : mark.unicode;
        for (const row of rest) expect(textOf(row)).toMatch(sign);
        for (const row of [first, ...rest]) expect(widthOf(row)).toBeLessThanOrEqual(width);
        const whole = textOf(first) + rest.map((row) => textOf(row).replace(sign, '')).join('');
        if (!plain) expect(whole).toBe(textOf(line));
        else expect(whole).toHaveLength(textOf(folded(line, 1000, plain)[0] as Line).length);
      }),
    );
  });

  test('of an answer in its form, while it is typed and after', async () => {
    const long = Array.from({ length: 12 }, (_, at) => `department-${at}`).join(', ');
    shown = show(scenes['ready, with answers']?.() as FakeSession, { columns: 60, rows: 24 });
    await shown.seen('› Make the authority');
    await shown.press('down', 'enter');
    shown.type(`\u001B[200~${long}\u001B[201~`);
    const all = (screen: string) => screen.replace(/\s/g, '').includes(long.replace(/\s/g, ''));
    await shown.until(all, 'all that was typed');
    await shown.press('down');
    await shown.until(all, 'all of the answer');
  });

  test('of a plan: who gets in stands first', () => {
    const told = [
      { text: '1883 · anonymous: refused from now on, 2 seen: pump-3, roof', warning: true },
      { text: '8883 · certificates of Own CA: as before', warning: false },
    ];
    const plan: Plan = {
      changes,
      notes: [{ text: 'A warning.', warning: true }],
      access: { lines: told, cells: [] },
    };
    const lines = planLines(plan, 78, '·').map(textOf);
    expect(lines.slice(0, 4)).toEqual([
      'Who gets in, from then on:',
      ...told.map(({ text }) => `  ${text}`),
      '',
    ]);
  });

  test('of a plan: every line of a difference is there, and no other looks like one', () => {
    const path = fc
      .array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 8 })
      .map((parts) => `/${parts.join('/')}`);
    const diffLine = fc
      .tuple(fc.constantFrom('+', '-', ' '), fc.constantFrom('certfile ', 'x', '# '), path)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.array(diffLine, { minLength: 1, maxLength: 8 }),
        path,
        fc.array(path, { maxLength: 3 }),
        fc.constantFrom(58, 78, 118),
        fc.boolean(),
        (diff, file, notes, width, plain) => {
          const plan: Plan = {
            changes: [
              {
                ...(changes[0] as Change),
                path: file,
                diff: diff.join('\n'),
              },
            ],
            notes: notes.map((words) => ({ text: words, warning: words.length % 2 === 0 })),
          };
          const { dot } = glyphsFor(plain ? ascii : unicode);
          const rows = planLines(plan, width, dot)
            .flatMap((line) => folded(line, width, plain))
            .map(textOf);
          const sign = plain ? mark.ascii : mark.unicode;
          const whole = rows.reduce((all, row) =>
            sign.test(row) ? all + row.replace(sign, '') : `${all}\n${row}`,
          );
          const signed = whole.split('\n').filter((row) => /^ {3}[-+ ]/.test(row));
          for (const line of diff) expect(signed).toContain(`   ${line}`);
          for (const words of [file, ...notes])
            expect(whole.replace(/\s/g, '')).toContain(words.replace(/\s/g, ''));
        },
      ),
    );
  });
});
