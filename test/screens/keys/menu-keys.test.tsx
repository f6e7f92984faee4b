import { render } from 'ink-testing-library';
import { expect, test, vi } from 'vitest';
import type { Action } from '../../../screens/keys/binding.ts';
import { KeyboardProvider } from '../../../screens/keys/keyboard.tsx';
import { Menu } from '../../../screens/parts/menu.tsx';

// What a list does comes from the key table: with other keys in it, it is done by those, and by no others.

const other = vi.hoisted(
  (): Partial<Record<Action, string[]>> => ({
    'next-choice': ['n'],
    'previous-choice': ['v'],
    accept: ['x'],
    pick: ['2', '3'],
  }),
);

vi.mock('../../../screens/keys/key-table.ts', async (original) => {
  const { bindings } = await original<typeof import('../../../screens/keys/key-table.ts')>();
  return {
    bindings: bindings.map((one) => ({ ...one, keys: other[one.action] ?? one.keys })),
  };
});

const context = { step: true, firstStep: false, live: false, mayRetry: false, suspends: false };

function menu(count: number, limit: number) {
  const chosen: string[] = [];
  const items = Array.from({ length: count }, (_, index) => ({
    label: `item ${index + 1}`,
    value: `${index + 1}`,
    ...(index === 3 && { disabled: 'not now' }),
  }));
  const shown = render(
    <KeyboardProvider context={context}>
      <Menu
        items={items}
        width={40}
        limit={limit}
        active
        onSelect={(value) => void chosen.push(value)}
      />
    </KeyboardProvider>,
  );
  const press = async (...keys: string[]) => {
    for (const key of keys) shown.stdin.write(key);
    await new Promise(setImmediate);
  };
  const lines = () => (shown.lastFrame() ?? '').split('\n').map((line) => line.trim());
  return { chosen, press, lines, close: shown.unmount };
}

const [up, down, enter] = ['\u001B[A', '\u001B[B', '\r'];

test('the keys of the table move, do and pick; the ones that were there before do nothing', async () => {
  const { chosen, press, lines, close } = menu(3, 3);
  await press(down, enter, 'j', up, 'k', '1');
  expect(chosen).toEqual([]);
  expect(lines()).toEqual(['> item 1', 'item 2', 'item 3']);
  await press('n');
  await vi.waitFor(() => expect(lines()).toEqual(['item 1', '> item 2', 'item 3']));
  // Those that come before it is drawn, too.
  await press('n', 'x', 'n', 'x', 'v', 'x', '2');
  expect(chosen).toEqual(['3', '1', '3', '2']);
  close();
});

test('of a list that is longer than its place the marked one is always seen; numbers count what is seen', async () => {
  const { chosen, press, lines, close } = menu(5, 3);
  expect(lines()).toEqual(['> item 1', 'item 2', 'item 3']);
  await press('n', 'n', 'n');
  await vi.waitFor(() => expect(lines()).toEqual(['item 2', 'item 3', '> item 4 (not now)']));
  await press('x', '2');
  expect(chosen).toEqual(['3']);
  await press('v', 'v', 'v');
  await vi.waitFor(() => expect(lines()).toEqual(['> item 1', 'item 2', 'item 3']));
  await press('v', 'x');
  expect(chosen).toEqual(['3', '5']);
  await vi.waitFor(() => expect(lines()).toEqual(['item 3', 'item 4 (not now)', '> item 5']));
  close();
});
