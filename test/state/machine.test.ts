import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import {
  type Event,
  here,
  initial,
  mayGo,
  type State,
  transition,
} from '../../state/machine/machine.ts';
import {
  answersA,
  answersB,
  broker,
  change,
  check,
  evidence,
  isUser,
  phases,
  plan,
  trouble,
  userEvents,
  waits,
  worldEvents,
} from '../support/session/machine-events.ts';
import { deepFreeze, explore, leadTo } from '../support/session/machine-explore.ts';
import { expectProper, expectSound } from '../support/session/machine-rules.ts';

// Two steps beside each other stand for all: the machine knows steps only by their order. Of the
// last two, everything before them has been done.
const pairs: { pair: StepId[]; before: StepId[] }[] = [
  { pair: ['inspect', 'anonymous'], before: [] },
  { pair: ['harden', 'verify'], before: stepIds.slice(0, 5) as StepId[] },
];

describe.each(pairs)('every state of $pair', ({ pair, before }) => {
  const first = pair[0] as StepId;
  const second = pair[1] as StepId;
  // Notes touch nothing else, and words of progress are like changes: left out, to be quicker. With
  // another broker or other answers the steps before the pair would have to be looked at, too.
  const left = ['noted', ...(before.length > 0 ? ['welcome', 'answer'] : [])];
  const used: Event[] = [...userEvents(pair), ...worldEvents(pair)].filter(
    (event) =>
      !left.includes(event.type) && !(event.type === 'progress' && event.event.kind === 'progress'),
  );
  const beginning: Event[] = [
    { type: 'choose', answers: answersA },
    { type: 'opened', broker, answers: answersA, step: first },
    ...before.flatMap((step): Event[] => [
      { type: 'checking', step },
      { type: 'checked', step, check: check('done') },
    ]),
  ];
  const start = (before.length > 0 ? beginning : []).reduce(transition, initial(answersA));
  const reached = explore(start, used);
  const { states, edges } = reached;

  test('they are many, and each is sound', () => {
    expect(states.length).toBeGreaterThan(500);
    for (const state of states) expectSound(state);
  });

  test('none is a dead end: the user, with a world that answers, gets to the end', () => {
    const helpful = (by: number) => {
      const event = used[by] as Event;
      if (event.type === 'failed' || event.type === 'not-opened') return false;
      return !(event.type === 'checked' && event.check.status !== 'done');
    };
    const goal = (state: State) =>
      here(state) === second &&
      pair.every((id) => state.steps[id].check?.status === 'done') &&
      state.steps[second].phase === 'proved' &&
      state.asking === null;
    const good = leadTo(reached, goal, helpful);
    const stuck = states.filter((_, at) => !good.has(at));
    expect(stuck.slice(0, 3).map((state) => [state.place, phases(state)])).toEqual([]);
  });

  test('where it waits, the user can do something, and can go back', () => {
    for (const [at, state] of states.entries()) {
      if (!waits(state) || state.asking) continue;
      const ways = (edges[at] ?? []).filter(({ by }) => isUser(used[by] as Event));
      expect(ways.length, `${JSON.stringify(state.place)} ${phases(state)}`).toBeGreaterThan(0);
      if (here(state) === second)
        expect(ways.some(({ to }) => here(states[to] as State) === first)).toBe(true);
      if (here(state) && before.length === 0)
        expect(ways.some(({ to }) => states[to]?.place.screen === 'welcome')).toBe(true);
    }
  });

  test('where it works, the world can end it, whatever comes of it', () => {
    for (const [at, state] of states.entries()) {
      if (waits(state)) continue;
      const id = here(state) as StepId;
      const by = new Set((edges[at] ?? []).map((edge) => (used[edge.by] as Event).type));
      if (state.place.screen === 'opening') {
        expect([...by]).toEqual(expect.arrayContaining(['opened', 'not-opened']));
        continue;
      }
      const { phase } = state.steps[id];
      const ends = {
        checking: 'checked',
        planning: 'planned',
        applying: 'applied',
        proving: 'proved',
      };
      if (phase === 'unknown') expect(by).toContain('checking');
      else expect([...by]).toEqual(expect.arrayContaining(['failed', ends[phase as 'checking']]));
    }
  });

  test('each survives being written as JSON, and goes on the same', () => {
    for (const [at, state] of states.entries()) {
      if (at % 5 > 0) continue;
      const copy: State = JSON.parse(JSON.stringify(state));
      expect(isDeepStrictEqual(copy, state)).toBe(true);
      const edge = edges[at]?.[at % (edges[at]?.length || 1)];
      if (!edge) continue;
      const event = used[edge.by] as Event;
      expect(isDeepStrictEqual(transition(copy, event), transition(state, event))).toBe(true);
    }
  });
});

describe('all seven steps', () => {
  const every = [...userEvents(stepIds), ...worldEvents(stepIds)];

  test('whatever happens in whatever order, it stays sound', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(every.length - 1), { maxLength: 120 }), (choices) => {
        let state = deepFreeze(initial(answersA));
        for (const choice of choices) {
          const event = every[choice] as Event;
          const after = transition(state, event);
          expectProper(state, event, after);
          expectSound(after);
          state = deepFreeze(after);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a world that answers, sometimes badly, and a user who goes on: the end is always reached', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(99)), (dice) => {
        const roll = () => (dice.next().value ?? 0) as number;
        let state = transition(initial(answersA), { type: 'choose', answers: answersA });
        for (let turn = 0; turn < 2000; turn++) {
          const done = stepIds.every((id) => state.steps[id].check?.status === 'done');
          if (done && here(state) === 'verify' && state.steps.verify.phase === 'proved') return;
          const event =
            roll() < 60 ? sensible(state, roll()) : (every[roll() % every.length] as Event);
          const after = transition(state, event);
          expectProper(state, event, after);
          expectSound(after);
          state = after;
        }
        // The last word has the world that works and the user who presses Enter.
        for (let turn = 0; turn < 200; turn++) {
          const done = stepIds.every((id) => state.steps[id].check?.status === 'done');
          if (done && here(state) === 'verify' && state.steps.verify.phase === 'proved') return;
          state = transition(state, sensible(state, 99));
        }
        throw new Error(`stuck at ${JSON.stringify(state.place)}: ${phases(state)}`);
      }),
      { numRuns: 200 },
    );
  });

  /** What comes next where nothing goes wrong (`luck` is high); else perhaps something else. */
  function sensible(state: State, luck: number): Event {
    if (state.asking) return { type: 'answered' };
    if (state.place.screen === 'welcome') return { type: 'choose', answers: answersA };
    if (state.place.screen === 'opening')
      return state.place.trouble
        ? { type: 'retry' }
        : luck < 20
          ? { type: 'not-opened', trouble }
          : { type: 'opened', broker, answers: answersA, step: 'inspect' };
    const unseen = stepIds.find((id) => ['unknown', 'checking'].includes(state.steps[id].phase));
    if (unseen)
      return state.steps[unseen].phase === 'unknown'
        ? { type: 'checking', step: unseen }
        : { type: 'checked', step: unseen, check: check(luck < 50 ? 'todo' : 'done') };
    const missing = stepIds.find((id) => state.steps[id].check?.status !== 'done');
    const id = here(state) as StepId;
    const { phase, check: seen } = state.steps[id];
    switch (phase) {
      case 'planning':
        return { type: 'planned', step: id, plan: luck % 2 ? plan(change) : plan() };
      case 'planned':
        return { type: 'agree' };
      case 'applying':
        return luck < 20 ? { type: 'failed', step: id, trouble } : { type: 'applied', step: id };
      case 'proving':
        if (seen?.status !== 'done') return { type: 'checked', step: id, check: check('done') };
        return luck < 20
          ? { type: 'failed', step: id, trouble, evidence: evidence(false) }
          : { type: 'proved', step: id, evidence: evidence(true) };
      default:
        if (missing && missing !== id && mayGo(state, missing))
          return { type: 'go', step: missing };
        // What could not even be looked at is not to be acted on.
        if (phase === 'failed') return { type: 'retry' };
        if (seen?.status !== 'done' || id === 'verify') return { type: 'act' };
        return { type: 'go', step: stepIds[stepIds.indexOf(id) + 1] ?? id };
    }
  }
});

describe('in particular', () => {
  const happen = (...events: Event[]) => events.reduce(transition, initial(answersA));
  const at = (step: StepId): Event[] => [
    { type: 'choose', answers: answersA },
    { type: 'opened', broker, answers: answersA, step },
    ...stepIds.flatMap((id): Event[] => [
      { type: 'checking', step: id },
      { type: 'checked', step: id, check: check('done') },
    ]),
  ];

  test('new answers drop what was planned, and keep what was seen until it is seen again', () => {
    const shown = happen(
      ...at('harden'),
      { type: 'act' },
      { type: 'planned', step: 'harden', plan: plan(change) },
    );
    expect(shown.steps.harden.phase).toBe('planned');
    expect(transition(shown, { type: 'answer', answers: { ...answersA } })).toBe(shown);
    const after = transition(shown, { type: 'answer', answers: answersB });
    expect(after.steps.harden).toMatchObject({
      phase: 'unknown',
      plan: null,
      check: { status: 'done' },
    });
    expect(transition(after, { type: 'agree' })).toBe(after);
    // What was being looked at meanwhile was looked at with the old answers.
    expect(transition(after, { type: 'checked', step: 'verify', check: check('todo') })).toBe(
      after,
    );
  });

  test('a plan that is left is not agreed to', () => {
    const shown = happen(
      ...at('harden'),
      { type: 'act' },
      { type: 'planned', step: 'harden', plan: plan(change) },
    );
    const away = transition(shown, { type: 'go', step: 'verify' });
    const back = transition(away, { type: 'go', step: 'harden' });
    expect(back.steps.harden).toMatchObject({ phase: 'unknown', plan: null });
  });

  test('a step that one comes to is looked at anew, and offers nothing before', () => {
    const proved = happen(
      ...at('harden'),
      { type: 'act' },
      { type: 'planned', step: 'harden', plan: plan() },
      { type: 'applied', step: 'harden' },
      { type: 'proved', step: 'harden', evidence: evidence(true) },
    );
    const away = transition(proved, { type: 'go', step: 'verify' });
    expect(away.steps.verify).toMatchObject({ phase: 'unknown', check: { status: 'done' } });
    const back = transition(away, { type: 'go', step: 'harden' });
    expect(back.steps.harden).toMatchObject({ phase: 'unknown', evidence: [] });
    for (const type of ['act', 'agree', 'retry'] as const)
      expect(transition(back, { type })).toBe(back);
  });

  describe('a change of the world', () => {
    const seen = happen(
      ...at('anonymous'),
      { type: 'act' },
      { type: 'planned', step: 'anonymous', plan: plan() },
      { type: 'applied', step: 'anonymous' },
      { type: 'proved', step: 'anonymous', evidence: evidence(true) },
    );
    const others = (state: State) =>
      stepIds.filter((id) => id !== here(state)).map((id) => state.steps[id].phase);

    test('that only looks and proves ends nothing', () => {
      expect(seen.steps.anonymous).toMatchObject({ phase: 'proved', evidence: [{ pass: true }] });
      expect(others(seen)).toEqual(Array(6).fill('ready'));
    });

    test.each(['applied', 'failed'] as const)('%s: what was seen before is seen anew', (how) => {
      const [from, act]: Event[] = [{ type: 'go', step: 'authority' }, { type: 'act' }];
      const changing = [
        from,
        { type: 'checking', step: 'authority' },
        { type: 'checked', step: 'authority', check: check('todo') },
        act,
        { type: 'planned', step: 'authority', plan: plan(change) },
        { type: 'agree' },
      ].reduce((state, event) => transition(state, event as Event), seen);
      expect(changing.steps.authority.phase).toBe('applying');
      expect(changing.steps.anonymous.phase).toBe('proved');
      const after = transition(
        changing,
        how === 'applied'
          ? { type: 'applied', step: 'authority' }
          : { type: 'failed', step: 'authority', trouble },
      );
      expect(others(after)).toEqual(Array(6).fill('unknown'));
      expect(after.steps.anonymous.evidence).toEqual([]);
    });

    test('that a later look meets ends the proof', () => {
      const drifted: Event = { type: 'checked', step: 'anonymous', check: check('drifted') };
      expect(transition(seen, drifted).steps.anonymous).toMatchObject({
        phase: 'ready',
        evidence: [],
        check: { status: 'drifted' },
      });
    });
  });

  test('planning is left at once, and its plan comes too late', () => {
    const planning = happen(...at('harden'), { type: 'act' });
    const left = transition(planning, { type: 'cancel' });
    expect(left.steps.harden.phase).toBe('ready');
    expect(transition(left, { type: 'planned', step: 'harden', plan: plan(change) })).toBe(left);
  });

  test('a change is not left: neither by going, nor by cancelling, nor for another broker', () => {
    const applying = happen(
      ...at('harden'),
      { type: 'act' },
      { type: 'planned', step: 'harden', plan: plan(change) },
      { type: 'agree' },
    );
    for (const event of userEvents(stepIds)) expect(transition(applying, event)).toBe(applying);
  });

  test('what is late from another broker is not believed', () => {
    const away = transition(happen(...at('harden')), { type: 'welcome' });
    for (const event of worldEvents(stepIds))
      if (event.type !== 'noted') expect(transition(away, event)).toBe(away);
    const opening = transition(away, { type: 'choose', answers: answersB });
    expect(transition(opening, { type: 'checked', step: 'verify', check: check('done') })).toBe(
      opening,
    );
  });
});
