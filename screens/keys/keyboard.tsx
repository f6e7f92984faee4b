import { useInput, usePaste } from 'ink';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Action, KeyContext, Mode } from './binding.ts';
import { keyName, typed } from './key-name.ts';
import { bindingFor, refusal } from './keys.ts';

/** Somebody who listens to the keyboard: the one that was opened last comes first. */
export interface Layer {
  mode: Mode;
  on: Partial<Record<Action, (key: string) => void>>;
  /** Letters that are no key of the mode; also what is pasted, as one line. */
  onText?(text: string): void;
}

interface Keyboard {
  mode: Mode;
  /** A number for each layer, in the order in which they were first drawn: parents first. */
  depth(): number;
  /** Why the last key did nothing, or ''. */
  notice: string;
  open(layer: OpenLayer): () => void;
}

interface OpenLayer {
  depth: number;
  layer: { current: Layer };
}

const KeyboardContext = createContext<Keyboard>({
  mode: 'list',
  notice: '',
  depth: () => 0,
  open: () => () => {},
});

export const useKeyboard = (): Keyboard => useContext(KeyboardContext);

/** Listens to the keyboard, above all that listened before, while `active`. */
export function useLayer(layer: Layer, active = true): void {
  const { open, depth } = useKeyboard();
  const [own] = useState(depth);
  const latest = useRef(layer);
  useLayoutEffect(() => {
    latest.current = layer;
  });
  // A change of mode re-opens the layer, so that the footer learns of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mode is read through the ref
  useEffect(
    () => (active ? open({ depth: own, layer: latest }) : undefined),
    [open, own, active, layer.mode],
  );
}

/** The one place that reads keys. */
export function KeyboardProvider(props: { context: KeyContext; children: ReactNode }) {
  const layers = useRef<OpenLayer[]>([]);
  const drawn = useRef(0);
  const [mode, setMode] = useState<Mode>('list');
  const [notice, setNotice] = useState('');

  const open = useMemo(
    () => (layer: OpenLayer) => {
      const update = () => setMode(layers.current.at(-1)?.layer.current.mode ?? 'list');
      layers.current = [...layers.current, layer].sort((a, b) => a.depth - b.depth);
      update();
      return () => {
        layers.current = layers.current.filter((other) => other !== layer);
        update();
      };
    },
    [],
  );

  const press = (key: string, text: string) => {
    const top = layers.current.at(-1)?.layer.current;
    if (!top) return;
    const binding = bindingFor(top.mode, key);
    const reason = binding?.disabled?.(props.context) ?? '';
    setNotice(binding && reason ? refusal(binding, reason) : '');
    if (!binding && text !== '') top.onText?.(text);
    else if (binding && !reason) handlerOf(layers.current, binding.action)?.(key);
  };

  useInput((input, key) => {
    const name = keyName(input, key);
    if (name !== '') press(name, typed(input, key));
  });
  usePaste((text) => {
    layers.current.at(-1)?.layer.current.onText?.(oneLine(text));
  });

  const keyboard = useMemo(
    () => ({ mode, notice, depth: () => drawn.current++, open }),
    [mode, notice, open],
  );
  return <KeyboardContext value={keyboard}>{props.children}</KeyboardContext>;
}

/** Bindings that a layer does not handle go down to the layers below it. */
function handlerOf(layers: OpenLayer[], action: Action) {
  return layers
    .toReversed()
    .map(({ layer }) => layer.current.on[action])
    .find((handler) => handler !== undefined);
}

/** A pasted text that ends with a line end must not submit what it is pasted into. */
const oneLine = (text: string): string =>
  text.replace(/[\r\n]+$/, '').replace(/\s*[\r\n]+\s*/g, ' ');
