import SelectInput from 'ink-select-input';
import { createContext, useContext, useState } from 'react';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';

export interface MenuItem<V> {
  label: string;
  value: V;
  /** Why it cannot be chosen now. It stays in the list, so that it can be found. */
  disabled?: string;
}

const MenuWidth = createContext(60);

/**
 * A list to choose from; the first item is what Enter does. The mark stays on its item when other
 * items come or go, for instance where a smaller screen has room for fewer.
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
  const items = props.items.map((item) => ({
    key: item.label,
    label: item.disabled ? `${item.label} (${item.disabled})` : item.label,
    value: item,
  }));
  const [marked, setMarked] = useState<string | null>(null);
  const labels = props.items.map(({ label }) => label);
  const at = labels.indexOf(marked ?? '');
  return (
    <MenuWidth value={props.width}>
      <SelectInput
        key={[props.limit, ...labels].join('\n')}
        items={items}
        limit={props.limit}
        initialIndex={at < 0 ? (props.initial ?? 0) : at}
        isFocused={props.active}
        indicatorComponent={Pointer}
        itemComponent={Label}
        onSelect={({ value }) => {
          if (!value.disabled) props.onSelect(value.value);
        }}
        onHighlight={({ value }) => {
          setMarked(value.label);
          props.onHighlight?.(value.value);
        }}
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
function Label(item: { label: string; isSelected?: boolean; value?: MenuItem<unknown> }) {
  const width = useContext(MenuWidth) - 2;
  const tone = item.value?.disabled ? 'quiet' : item.isSelected ? 'accent' : 'plain';
  return <Row line={[{ text: item.label, tone }]} width={width} />;
}
