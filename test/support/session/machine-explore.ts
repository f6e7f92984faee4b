import { expect } from 'vitest';
import { type Event, type State, transition } from '../../../state/machine/machine.ts';
import { isUser } from './machine-events.ts';
import { expectProper } from './machine-rules.ts';

export const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};

/** A state without what only grows. */
const abstract = (state: State): string =>
  JSON.stringify(state, (key, value) =>
    (key === 'progress' || key === 'changes') && Array.isArray(value) ? value.length > 0 : value,
  );

export interface Explored {
  states: State[];
  /** From each state: to which by which event. */
  edges: { by: number; to: number }[][];
}

/** All states that these events lead to, breadth first. */
export function explore(from: State, events: readonly Event[]): Explored {
  const states = [deepFreeze(from)];
  const edges: Explored['edges'] = [];
  const keys = [abstract(from)];
  const known = new Map([[abstract(from), 0]]);
  for (let at = 0; at < states.length; at++) {
    const state = states[at] as State;
    edges[at] = [];
    for (const [by, event] of events.entries()) {
      const after = transition(state, event);
      if (after === state) continue;
      expectProper(state, event, after);
      const key = abstract(after);
      // The world may say the same twice; a user who changes nothing has changed nothing.
      if (isUser(event) && key === keys[at]) expect(after).not.toEqual(state);
      let to = known.get(key);
      if (to === undefined) {
        to = states.push(deepFreeze(after)) - 1;
        known.set(key, to);
        keys[to] = key;
      }
      edges[at]?.push({ by, to });
    }
  }
  return { states, edges };
}

/** The states from which a wanted one can be reached, with these events alone. */
export function leadTo(
  { states, edges }: Explored,
  wanted: (state: State) => boolean,
  allowed: (by: number) => boolean,
): Set<number> {
  const back: number[][] = states.map(() => []);
  edges.forEach((list, at) => {
    for (const { by, to } of list) if (allowed(by)) back[to]?.push(at);
  });
  const reached = new Set(states.flatMap((state, at) => (wanted(state) ? [at] : [])));
  for (const at of reached) for (const before of back[at] ?? []) reached.add(before);
  return reached;
}
