import { afterEach, expect, test } from 'vitest';
import { FakeFeed, FakeSession } from '../support/screens/fake-session.ts';
import { answers, at } from '../support/screens/scenes.ts';
import { type Shown, show } from '../support/screens/show.tsx';

let shown: Shown;
afterEach(() => shown.close());

function live(options = {}): FakeFeed {
  const session = new FakeSession({ answers, events: at('authority') });
  const pane = new FakeFeed();
  session.pane = pane;
  shown = show(session, options);
  return pane;
}

/** Bytes to the terminal for one new message, all that follows from it included. */
async function cost(pane: FakeFeed, topic: string, payload: string): Promise<number> {
  await shown.frame();
  const before = shown.output.written;
  pane.arrive(topic, payload);
  await shown.seen(payload);
  await shown.frame();
  return shown.output.written - before;
}

test('one new message costs at most 300 bytes, while the pane fills and when it is full', async () => {
  const pane = live();
  await shown.seen('0 messages');
  for (let count = 1; count <= 12; count++)
    expect(await cost(pane, 'test/temp', `${count} degrees`)).toBeLessThan(300);
});

test('what came before it was encrypted is not shown as if it had been', async () => {
  const pane = live();
  pane.arrive('test/test', 'Test1');
  await shown.seen('Test1');
  expect(await shown.frame()).not.toContain('plain)');
  pane.become({
    target: { host: 'rock-4se', port: 8883, protocolVersion: 4, tls: { strict: true } },
  });
  pane.arrive('test/test', 'Test2');
  await shown.seen('Test2');
  await shown.seen('Test1  (before, plain)');
  expect(await shown.frame()).not.toContain('Test2  (');
});

test('a long message in an empty row costs little more than itself', async () => {
  const pane = live();
  await shown.seen('0 messages');
  expect(await cost(pane, 'test/long', 'x'.repeat(55))).toBeLessThan(200);
});

test('a frame is one write', async () => {
  const pane = live();
  await shown.frame();
  const before = shown.output.writes;
  pane.arrive('test/test', 'Test1');
  await shown.seen('Test1');
  await shown.frame();
  expect(shown.output.writes - before).toBe(1);
});

test('a flood is drawn at most ten times a second', async () => {
  const pane = live();
  await shown.frame();
  const before = shown.output.writes;
  const began = Date.now();
  for (let count = 1; count <= 200; count++) {
    pane.arrive('test/flood', `number ${count}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await shown.seen('number 200');
  expect(shown.output.writes - before).toBeLessThanOrEqual(2 + (Date.now() - began) / 100);
});

test('hostile text is shown harmless', async () => {
  const pane = live();
  await shown.frame();
  const hostile =
    'a\u001B]52;c;ZXZpbA==\u0007b\u202Ec\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\r\nd\u009B2J';
  pane.arrive(hostile, hostile);
  const screen = await shown.seen('1 message');
  expect(shown.output.text).not.toContain('\u001B]');
  expect(shown.output.text).not.toMatch(/\u0007|\u202E|\u200D|\u009B/);
  expect(screen.split('\n')[0]).toContain('lockstep');
  expect(screen.split('\n').at(-1)).toContain('save and leave');
  expect(shown.output.overflow).toBe(0);
});

test('Tab goes to the pane; p holds it still and counts; / filters; Esc leaves it', async () => {
  const pane = live();
  pane.arrive('test/one', 'first');
  await shown.seen('first');
  await shown.press('tab');
  await shown.seen('pause');
  await shown.press('p');
  pane.arrive('test/two', 'second');
  await shown.seen('paused, 1 held');
  await shown.until((screen) => !screen.includes('second'));
  await shown.press('p');
  await shown.seen('second');
  await shown.press('/');
  shown.type('ONE');
  await shown.seen('filter: ONE');
  await shown.frame();
  await shown.until((screen) => !screen.includes('second'));
  await shown.press('esc', 'esc');
  await shown.seen('second');
  await shown.seen('choose');
});

test('a lost connection is said in words', async () => {
  const pane = live();
  pane.become({
    state: { kind: 'waiting', cause: null, words: 'The connection was lost.', nextTry: 0 },
  });
  await shown.seen('trying again: The connection was lost.');
});
