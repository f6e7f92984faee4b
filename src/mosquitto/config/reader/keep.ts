import { isAtLeast } from '../model/behaviour.ts';
import {
  type ConfiguredListener,
  type Memory,
  newListener,
  type Settings,
} from '../model/memory.ts';
import type { Option } from '../model/option.ts';
import type { Place } from '../model/place.ts';
import { needsListener, type Wording } from '../model/wording.ts';
import {
  booleanFrom,
  decoded,
  integerFrom,
  type Parsed,
  type Rest,
  stringFrom,
} from '../options/values.ts';
import type { FileContext, Outcome, Reader, Statement } from './statement.ts';

/** Parses a value of the option's kind and keeps it. */
export function store(
  { option: name, rest, place }: Statement,
  option: Option,
  settings: Settings,
  reader: Reader,
): Outcome {
  const { words, behaviour } = reader;
  const key = option.keptAs ?? name;
  const called = option.called ?? name;
  const replaces =
    option.repeats === 'replace' ||
    (option.repeats !== undefined && behaviour.generation === '2.1');
  if (option.kind === 'string' && settings.has(key) && !replaces && !rest.isEmpty()) {
    return { error: words.duplicate(called) };
  }
  const parsed = parse(rest, called, option, reader);
  if ('error' in parsed) {
    const harmless = option.emptyIsHarmless && behaviour.generation === '2.0';
    return harmless && parsed.error === words.empty(called) ? {} : parsed;
  }
  let { value } = parsed;
  if (typeof value === 'number' && option.range !== undefined) {
    const { before, most, error } = option.range;
    const older = before !== undefined && !isAtLeast(behaviour.version, before[0]);
    const least = older ? before[1] : option.range.least;
    if (value < least || value > most) {
      return { error: error?.(words, value) ?? words.invalid(called, value) };
    }
  }
  if (typeof value === 'number') value = Math.max(value, option.smallest ?? value);
  settings.set(key, { value, place });
  return {};
}

function parse(
  rest: Rest,
  called: string,
  option: Option,
  { words, behaviour }: Reader,
): Parsed<string | number | boolean> {
  switch (option.kind) {
    case 'boolean':
      return booleanFrom(rest, called, words);
    case 'integer':
      return integerFrom(rest, called, words, behaviour.generation === '2.1');
    case 'choice':
      return choiceFrom(rest, called, option, words);
    default:
      return stringFrom(rest, called, words);
  }
}

function choiceFrom(
  rest: Rest,
  called: string,
  { choices = [], choices21 = [], wholeRest, notAChoice }: Option,
  words: Wording,
): Parsed<string> {
  const word = wholeRest ? rest.all() : rest.word();
  if (word === null) return { error: words.empty(called) };
  const value = decoded(word);
  const known = words.generation === '2.1' ? [...choices, ...choices21] : choices;
  if (known.includes(value)) return { value };
  return { error: notAChoice?.(words, value) ?? words.invalid(called, value) };
}

/** Where a setting is kept: the broker, its security, a listener, a listener's security, a bridge. */
export function settingsFor(
  { option: name, place }: Statement,
  option: Option,
  context: FileContext,
  { memory, behaviour }: Reader,
): { settings: Settings } | { error: string } {
  if (option.scope === 'broker') return { settings: memory.broker };
  if (option.scope === 'bridge') return { settings: context.bridge?.settings ?? new Map() };
  const is21 = behaviour.generation === '2.1';
  if (option.scope === 'security') {
    const security = securityFor(name, context, { memory, behaviour });
    return 'error' in security ? security : { settings: security.settings };
  }
  if (is21 && context.listener === null) {
    if (option.beforeListener === 'error') return { error: needsListener(name) };
    context.listener = makeDefaultListener(memory, place);
  }
  const listener = context.listener ?? newListener();
  // 2.1's per-listener names write to the same fields as the old ones do under a listener.
  return {
    settings: name.startsWith('listener_') ? listener.security.settings : listener.settings,
  };
}

/** The security settings that a line belongs to, noting that there was such a line. */
export function securityFor(
  name: string,
  context: FileContext,
  { memory, behaviour }: Pick<Reader, 'memory' | 'behaviour'>,
): ConfiguredListener['security'] | { error: string } {
  if (memory.perListener === null) {
    memory.securityTouched = true;
    return memory.security;
  }
  if (behaviour.generation === '2.1' && context.listener === null) {
    return { error: needsListener(name) };
  }
  memory.securityTouched = true;
  return (context.listener ?? newListener()).security;
}

/** 2.1: the default listener joins the list where the first line needs it. */
export function makeDefaultListener(memory: Memory, at: Place): ConfiguredListener {
  if (memory.defaultListener === null) {
    memory.defaultListener = newListener({ port: 1883, isDefault: true, at });
    memory.listeners.push(memory.defaultListener);
  }
  return memory.defaultListener;
}
