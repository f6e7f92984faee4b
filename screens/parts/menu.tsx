import SelectInput from 'ink-select-input';
import { createContext, useContext, useRef, useState } from 'react';
import { useLayer } from '../keys/keyboard.tsx';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';

export interface MenuItem<V> {
  label: string;
  value: V;
  /** Why it cannot be chosen now. It stays in the list, so that it can be found. */
  disabled?: string;
}

const MenuWidth = createContext(60);

/** Which item is marked, and which is the first that is shown. */
interface Mark {
  label: string | null;
  top: number;
}

/**
 * A list to choose from; the first item is what Enter does. The mark stays on its item when other
 * items come or go, for instance where a smaller screen has room for fewer. What its keys do is in the key table;
 * ink-select-input draws it.
 */
export function Menu<V>(props: {
  items: readonly MenuItem<V>[];
  width: number;
  limit: number;
  active: boolean;
  initial?: number;
  onSelect(value: V): void;
  onHighlight?(value: V): void;
}) {
  const { items, limit, initial = 0 } = props;
  const [mark, setMark] = useState<Mark>({ label: null, top: 0 });
  // Keys may come faster than the screen is drawn.
  const latest = useRef(mark);
  const placed = ({ label, top }: Mark) => {
    const found = items.findIndex((item) => item.label === label);
    const at = found < 0 ? Math.min(initial, items.length - 1) : found;
    return { at, top: Math.max(at - limit + 1, Math.min(top, at, items.length - limit), 0) };
  };
  const move = (by: number) => {
    const at = (placed(latest.current).at + by + items.length) % items.length;
    const item = items[at];
    if (!item) return;
    latest.current = {
      label: item.label,
      top: placed({ ...latest.current, label: item.label }).top,
    };
    setMark(latest.current);
    props.onHighlight?.(item.value);
  };
  const select = (item: MenuItem<V> | undefined) => {
    if (item && !item.disabled) props.onSelect(item.value);
  };
  useLayer(
    {
      mode: 'list',
      on: {
        'next-choice': () => move(1),
        'previous-choice': () => move(-1),
        accept: () => select(items[placed(latest.current).at]),
        pick: (key) => {
          const number = Number(key);
          if (number <= limit) select(items[placed(latest.current).top + number - 1]);
        },
      },
    },
    props.active,
  );
  const { at, top } = placed(mark);
  const shown = items.slice(top, top + limit).map(({ label, disabled }) => ({
    label: disabled ? `${label} (${disabled})` : label,
    value: { disabled: disabled !== undefined },
  }));
  return (
    <MenuWidth value={props.width}>
      <SelectInput
        key={[at, ...shown.map(({ label }) => label)].join('\n')}
        items={shown.map((item) => ({ ...item, key: item.label }))}
        initialIndex={at - top}
        isFocused={false}
        indicatorComponent={Pointer}
        itemComponent={Label}
      />
    </MenuWidth>
  );
}

function Pointer({ isSelected }: { isSelected?: boolean }) {
  const { glyphs } = useLook();
  return (
    <Row line={[{ text: isSelected ? `${glyphs.pointer} ` : '  ', tone: 'accent' }]} width={2} />
  );
}

/** Each item comes whole: ink-select-input hands over all that it has. */
function Label(item: { label: string; isSelected?: boolean; value?: { disabled: boolean } }) {
  const width = useContext(MenuWidth) - 2;
  const tone = item.value?.disabled ? 'quiet' : item.isSelected ? 'accent' : 'plain';
  return <Row line={[{ text: item.label, tone }]} width={width} />;
}
