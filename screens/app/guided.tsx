import { Box, useApp } from 'ink';
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { lessons } from '../../src/steps/lessons.ts';
import { here, previous, type State } from '../../state/machine/machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import type { KeyContext } from '../keys/binding.ts';
import { KeyboardProvider, useLayer } from '../keys/keyboard.tsx';
import { LivePane } from '../live/live-pane.tsx';
import { Footer } from '../parts/footer.tsx';
import { Header, Rule } from '../parts/header.tsx';
import { Row } from '../parts/lines.tsx';
import { LookContext, useLook } from '../parts/look.tsx';
import { StepLine, StepList } from '../steps/step-list.tsx';
import { StepScreen } from '../steps/step-screen.tsx';
import type { Glyphs } from '../text/glyphs.ts';
import { layoutFor, smallest } from '../text/layout.ts';
import { Asking } from './asking.tsx';
import type { End } from './end.ts';
import { useEnding } from './ending.ts';
import { Opening } from './opening.tsx';
import { commandLines, helpLines, Overlay } from './overlay.tsx';
import { Welcome } from './welcome.tsx';

export interface GuidedProps {
  session: Session;
  size: { columns: number; rows: number };
  glyphs: Glyphs;
  now: Date;
  /** How often the live pane may be drawn, in milliseconds. */
  paneInterval: number;
  onEnd(end: End): void;
  /** The screen has been given back: stops the program, and resolves when it goes on. */
  onSuspend?(): Promise<void>;
}

/** The whole screen: one state to show, and what lies over it. */
export function Guided(props: GuidedProps) {
  const { session, size, glyphs } = props;
  const subscribe = useCallback((listener: () => void) => session.subscribe(listener), [session]);
  const state = useSyncExternalStore(subscribe, () => session.state());
  const step = here(state);
  const live = session.feed() !== null && step !== null && step !== 'inspect';
  // What does not fit is drawn all the same, though not shown: nothing that was typed is lost by it.
  const fits = size.columns >= smallest.columns && size.rows >= smallest.rows;
  const columns = Math.max(size.columns, smallest.columns);
  const rows = Math.max(size.rows, smallest.rows);
  const reading = step !== null && state.steps[step].phase === 'planned';
  const layout = layoutFor(columns, rows, { steps: step !== null, live, reading });
  const look = useMemo(() => ({ glyphs, layout }), [glyphs, layout]);
  const context: KeyContext = {
    step: step !== null,
    firstStep: step !== null && previous(step) === null,
    live,
    mayRetry: mayRetry(state),
    suspends: props.onSuspend !== undefined,
  };
  return (
    <LookContext value={look}>
      <KeyboardProvider context={context}>
        {!fits && <TooSmall {...size} />}
        <Box display={fits ? 'flex' : 'none'}>
          <Screen {...props} state={state} context={context} shown={fits} />
        </Box>
      </KeyboardProvider>
    </LookContext>
  );
}

function Screen(props: GuidedProps & { state: State; context: KeyContext; shown: boolean }) {
  const { session, state, context, shown } = props;
  const look = useLook();
  const { suspendTerminal } = useApp();
  const { onSuspend } = props;
  const { layout } = look;
  const step = here(state);
  const feed = session.feed();
  const [overlay, setOverlay] = useState<'help' | 'commands' | null>(null);
  const [pane, setPane] = useState(false);
  const [back, setBack] = useState(false);
  const [printed, setPrinted] = useState<Map<string, string[]>>(new Map());
  const drafts = useRef(new Map<string, Map<string, string>>());
  const draftsOf = (name: string) => {
    const kept = drafts.current.get(name) ?? new Map<string, string>();
    drafts.current.set(name, kept);
    return kept;
  };
  const { notice, leave, stop } = useEnding(session, state, (how) =>
    props.onEnd({ how, commands: [...printed.values()].flat() }),
  );
  useEffect(() => {
    if (!context.live) setPane(false);
  }, [context.live]);
  useLayer({
    mode: 'list',
    on: {
      help: () => setOverlay('help'),
      commands: () => setOverlay('commands'),
      focus: () => setPane(!pane),
      'previous-step': () => {
        const before = step && previous(step);
        if (before) session.send({ type: 'go', step: before });
      },
      leave,
      stop,
      ...(onSuspend
        ? { suspend: () => void suspendTerminal(onSuspend).then(() => setBack(true)) }
        : {}),
    },
  });

  // Whoever comes back from the shell finds all of it newly drawn: what can be agreed to waits again.
  useEffect(() => {
    if (back) setBack(false);
  }, [back]);

  // Nobody means what cannot be seen.
  useLayer({ mode: 'field', on: {} }, !shown);

  const active = shown && !back && overlay === null && (!pane || state.asking !== null);
  const lesson = step ? lessons[step] : null;
  const wide = { ...layout.body, x: 1, width: layout.columns - 2 };
  const close = () => setOverlay(null);
  const over =
    overlay === 'help'
      ? helpLines(state.note, lesson, context, wide.width, look.glyphs)
      : overlay === 'commands' && lesson
        ? commandLines(lesson.title, session.byHand(), wide.width, printed.has(lesson.title))
        : null;
  const print = () => {
    if (lesson)
      setPrinted(new Map(printed).set(lesson.title, [`# ${lesson.title}`, ...session.byHand()]));
  };
  return (
    <Box flexDirection="column" width={layout.columns} height={layout.rows} overflow="hidden">
      <Header state={state} step={step} />
      {layout.stepLine && <StepLine state={state} />}
      <Box height={layout.body.height} flexShrink={0}>
        {over && (
          <LookContext value={{ ...look, layout: { ...layout, body: wide } }}>
            <Box marginLeft={1}>
              <Overlay
                key={overlay}
                lines={over}
                active={shown && !pane}
                onClose={close}
                {...(overlay === 'commands' ? { onPrint: print } : {})}
              />
            </Box>
          </LookContext>
        )}
        <Box display={over ? 'none' : 'flex'}>
          <StepList state={state} />
          <Box marginLeft={1}>
            {state.asking ? (
              <Asking
                key={`${state.asking.label} ${'attempt' in state.asking ? state.asking.attempt : ''}`}
                request={state.asking}
                active={active}
                onReply={(answer) => session.reply(answer)}
              />
            ) : state.place.screen === 'welcome' ? (
              <Welcome
                session={session}
                now={props.now}
                drafts={draftsOf('welcome')}
                active={active}
              />
            ) : state.place.screen === 'opening' ? (
              <Opening session={session} place={state.place} active={active} />
            ) : (
              <StepScreen
                key={state.place.step}
                session={session}
                state={state}
                id={state.place.step}
                drafts={draftsOf(state.place.step)}
                active={active}
                onCommands={() => setOverlay('commands')}
                onLeave={leave}
              />
            )}
          </Box>
        </Box>
      </Box>
      {layout.live && feed && (
        <LivePane
          feed={feed}
          focused={shown && pane && overlay === null && !state.asking}
          interval={props.paneInterval}
          onBlur={() => setPane(false)}
        />
      )}
      {layout.footerRule && <Rule />}
      <Footer context={context} notice={notice} />
    </Box>
  );
}

function TooSmall({ columns, rows }: { columns: number; rows: number }) {
  const words = `needs at least ${smallest.columns}x${smallest.rows} (now ${columns}x${rows})`;
  return <Row line={[{ text: words }]} width={columns} />;
}

function mayRetry(state: State): boolean {
  if (state.place.screen === 'opening') return state.place.trouble !== null;
  const id = here(state);
  if (id === null) return false;
  const { phase, check } = state.steps[id];
  return phase === 'failed' || (phase === 'ready' && check?.status !== 'done');
}
