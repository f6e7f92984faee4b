import { describe, expect, test } from 'vitest';
import type { FakeSession } from '../support/screens/fake-session.ts';
import { scenes } from '../support/screens/scenes.ts';
import { type Shown, show } from '../support/screens/show.tsx';

const sizes: [number, number][] = [
  [60, 18],
  [100, 30],
  [59, 17],
  [20, 5],
  [80, 24],
  [200, 60],
  [61, 40],
];

for (const name of ['failed', 'ready, with answers', 'secret', 'welcome, with earlier set-ups'])
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

const open = (name: string): { session: FakeSession; shown: Shown } => {
  const session = scenes[name]?.() as FakeSession;
  return { session, shown: show(session) };
};

/** What somebody can be in the middle of. */
const middles: Record<string, { scene: string; begin(shown: Shown): Promise<unknown> }> = {
  'an address, and where the cursor is in it': {
    scene: 'welcome, fresh',
    async begin(shown) {
      await shown.press('down', 'enter');
      shown.type('pi@rock');
      await shown.press('left', 'left');
    },
  },
  'a form, and the question one is at': {
    scene: 'ready, with answers',
    async begin(shown) {
      await shown.press('down', 'enter', 'down');
      shown.type('Own CA');
      await shown.seen('Own CA');
    },
  },
  'a passphrase': {
    scene: 'secret',
    async begin(shown) {
      shown.type('horse battery');
      await shown.seen('*************');
    },
  },
  'a passphrase, typed once more': {
    scene: 'secret',
    async begin(shown) {
      shown.type('horse battery');
      await shown.press('enter');
      shown.type('horse');
      await shown.until((screen) => /Once more +\*{5}/.test(screen));
    },
  },
  'the mark in a menu': {
    scene: 'proved',
    async begin(shown) {
      await shown.press('down');
      await shown.seen('› Check it again');
    },
  },
  'the mark in a menu that has fewer choices on a small screen': {
    scene: 'ready, with answers',
    async begin(shown) {
      await shown.press('down', 'down');
      await shown.seen('› Show what you would type');
    },
  },
  'a question, and the mark in it': {
    scene: 'host key',
    async begin(shown) {
      await shown.seen('› No, do not');
      await shown.press('down');
      await shown.seen('› Yes, it is');
    },
  },
  'how far a text was read': {
    scene: 'finished',
    async begin(shown) {
      await shown.press('pagedown');
      await shown.until((screen) => !screen.includes('Secured.'));
    },
  },
  'how far a plan was read': {
    scene: 'planned',
    async begin(shown) {
      await shown.seen('› Read on');
      await shown.press('enter');
      await shown.press('up', 'up');
    },
  },
  'how far the help was read': {
    scene: 'ready, with answers',
    async begin(shown) {
      await shown.press('?');
      await shown.press('pagedown', 'down');
    },
  },
  'what the live pane is filtered by': {
    scene: 'ready, done',
    async begin(shown) {
      await shown.press('tab', '/');
      shown.type('tem');
      await shown.seen('filter: tem_');
    },
  },
};

describe.each(Object.entries(middles))('%s', (_, { scene, begin }) => {
  test('survives a terminal that is too small, in which no key does anything', async () => {
    const { session, shown } = open(scene);
    await shown.frame();
    await begin(shown);
    const before = await shown.frame();
    const cursor = shown.cursor();
    const [sent, replies] = [[...session.sent], [...session.replies]];
    for (const [columns, rows] of [
      [40, 8],
      [80, 10],
      [59, 24],
    ] as const) {
      shown.resize(columns, rows);
      await shown.seen(`(now ${columns}x${rows})`);
      shown.type('\rq1 x\u001B[B\u007F');
      await shown.press('enter', 'esc');
    }
    shown.resize(80, 24);
    await shown.until((screen) => screen === before, `the frame\n${before}`);
    // Where nothing is typed it is hidden, in the last row.
    if (cursor.y < 23) expect(shown.cursor()).toEqual(cursor);
    expect(session.sent).toEqual(sent);
    expect(session.replies).toEqual(replies);
    await shown.close();
  });

  test('survives other sizes', async () => {
    const { session, shown } = open(scene);
    await shown.frame();
    await begin(shown);
    const before = await shown.frame();
    const [sent, replies] = [[...session.sent], [...session.replies]];
    for (const [columns, rows] of [
      [60, 18],
      [100, 24],
    ] as const) {
      shown.resize(columns, rows);
      await shown.frame();
    }
    shown.resize(80, 24);
    await shown.until((screen) => screen === before, `the frame\n${before}`);
    expect(session.sent).toEqual(sent);
    expect(session.replies).toEqual(replies);
    await shown.close();
  });
});
