import SelectInput from 'ink-select-input';
import { createContext, useContext } from 'react';
import { useLook } from '../look.tsx';
import { Row } from './lines.tsx';

export interface MenuItem<V> {
  label: string;
  value: V;
  /** Why it cannot be chosen now. It stays in the list, so that it can be found. */
  disabled?: string;
}

const MenuWidth = createContext(60);

/** A list to choose from; the first item is what Enter does. */
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
  return (
    <MenuWidth value={props.width}>
      <SelectInput
        items={items}
        limit={props.limit}
        initialIndex={props.initial ?? 0}
        isFocused={props.active}
        indicatorComponent={Pointer}
        itemComponent={Label}
        onSelect={({ value }) => {
          if (!value.disabled) props.onSelect(value.value);
        }}
        onHighlight={({ value }) => props.onHighlight?.(value.value)}
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

function Label({ label, isSelected }: { label: string; isSelected?: boolean }) {
  const width = useContext(MenuWidth) - 2;
  return <Row line={[{ text: label, tone: isSelected ? 'accent' : 'plain' }]} width={width} />;
}
