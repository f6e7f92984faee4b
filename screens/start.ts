import { setImmediate } from 'node:timers/promises';
import { chosenAnswers } from '../src/commands/chosen-answers.ts';
import type { Options } from '../src/commands/options.ts';
import { secretsFromFiles } from '../src/commands/secrets.ts';
import { withWholePaths } from '../src/steps/answers/answer-paths.ts';
import { defaultAnswers } from '../src/steps/answers/default-answers.ts';
import { stepIds } from '../src/steps/contract/ids.ts';
import type { Step } from '../src/steps/contract/step.ts';
import type { From } from '../src/this-machine/paths.ts';
import type { State } from '../state/machine/machine.ts';
import type { Surroundings } from '../state/open/reach.ts';
import { filesFirst } from '../state/session/files-first.ts';
import { firstLook } from '../state/session/first-look.ts';
import { guidedAsks } from '../state/session/guided-asks.ts';
import { guidedSession } from '../state/session/session.ts';
import { lastWords } from './app/last-words.ts';
import { runGuided } from './app/run.tsx';
import { runPlain } from './plain/plain.ts';
import type { KeyboardStream } from './terminal/input.ts';
import type { TerminalStream } from './terminal/output.ts';

export interface GuidedParts {
  options: Options;
  environment: Readonly<Record<string, string | undefined>>;
  stateFolder: string;
  /** What typed paths count from. */
  from: From;
  /** Opens what is remembered; the first frame does not wait for it. */
  surroundings(): Promise<Surroundings>;
  stdin: KeyboardStream;
  stdout: TerminalStream;
  stderr: NodeJS.WritableStream;
  /** The words that start this program again. */
  command: string;
  /** Calls when the program is told to end, by a hang-up for instance. */
  onSignal(listener: (signal: NodeJS.Signals) => void): void;
  /** Stops the program until its shell lets it go on; where there is one. */
  suspend?: (() => Promise<void>) | undefined;
  print(line: string): void;
}

/** A guided session from the first screen to the last words. Resolves to the exit code. */
export async function guided(parts: GuidedParts): Promise<number> {
  const { options, environment, from, print } = parts;
  // What is wrong with them is said before anything is on the screen.
  const files = await secretsFromFiles(options);
  let { reset = false } = options;
  const named = options.broker !== undefined || options.answers !== undefined || reset;
  const look = named || isDetailed(options) ? null : firstLook(parts.stateFolder);
  let around = look ? null : await parts.surroundings();
  const answers = around
    ? await chosenAnswers(options, around.store, from)
    : defaultAnswers(look?.broker ?? undefined);
  let steps: readonly Step[] = [];
  /** A fingerprint without a name is of one machine, whatever is chosen later. */
  let first: string | undefined;
  const session = guidedSession({
    get steps() {
      return steps;
    },
    answers,
    command: parts.command,
    openAtOnce: named || (around ? around.store.current() : look?.broker) != null,
    sites: () => around?.store.sites() ?? [],
    whole: (answers) => withWholePaths(answers, from),
    async open(wanted, hooks) {
      // The first frame goes out in the next turn of the event loop, and before anything is begun.
      await setImmediate();
      await setImmediate();
      const working = await import('../state/open/working.ts');
      await setImmediate();
      steps = working.steps;
      around ??= await parts.surroundings();
      // What the first look has shown was a place to begin; these are the answers themselves.
      const chosen =
        look && wanted === answers ? await chosenAnswers(options, around.store, from) : wanted;
      if (!['local', 'practice'].includes(chosen.broker)) first ??= chosen.broker;
      const site = await working.openSite(chosen, around, {
        asks: filesFirst(files, options.passphraseFile !== undefined, guidedAsks(hooks.ask)),
        purpose: 'change',
        doing: hooks.doing,
        signal: hooks.signal,
        ...(options.acceptHostKey ? { acceptHostKey: options.acceptHostKey } : {}),
        acceptHostKeyFor: first,
        ...(options.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
        ...(reset ? { reset } : {}),
      });
      // Asked for once, it is done once.
      reset = false;
      return site;
    },
  });
  const notes = new Set<string>();
  const seen = new Set<string>();
  session.subscribe(() => {
    const { note } = session.state();
    if (note !== null) notes.add(note);
    for (const one of seenNow(session.state())) seen.add(one);
  });
  const plain = options.plain === true || wantsLines(environment);
  const stop = new AbortController();
  let stoppedWith: number | null = null;
  parts.onSignal((signal) => {
    stoppedWith ??= codes[signal] ?? 130;
    stop.abort();
  });
  const screen = {
    session,
    environment,
    stop: stop.signal,
    stdin: parts.stdin,
    stdout: parts.stdout,
    stderr: parts.stderr,
    ...(parts.suspend ? { suspend: parts.suspend } : {}),
  };
  const end = await (plain ? runPlain(screen) : runGuided(screen));
  const state = session.state();
  const now = seenNow(state);
  const lasting = [...notes].filter((note) => !seen.has(note) || now.includes(note));
  const leaving = { command: parts.command, belongings: session.belongings() };
  await session.close();
  // After a hang-up there is nobody to say it to.
  if (stoppedWith !== codes.SIGHUP)
    for (const line of [...lastWords(state, { ...leaving, notes: lasting }), ...end.commands])
      print(line);
  return stoppedWith ?? (end.how === 'interrupted' ? 130 : 0);
}

/** What the steps have to say of what they see: when that is over, it is so no more. */
const seenNow = ({ steps }: State): string[] =>
  stepIds.flatMap((id) => steps[id].check?.notes ?? []);

/** Answers given one by one change what is remembered, which has to be read first. */
const isDetailed = ({ identity, client, name, passphraseFile }: Options): boolean =>
  [identity, client, name, passphraseFile].some((option) => option !== undefined);

/** A terminal that can only print, or a screen reader, by Ink's name for it or that of others. */
const wantsLines = ({ TERM, INK_SCREEN_READER, ACCESSIBLE }: GuidedParts['environment']): boolean =>
  TERM === 'dumb' || [INK_SCREEN_READER, ACCESSIBLE].some(isOn);

const isOn = (value = ''): boolean =>
  !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());

/** 128 and the number of the signal, as shells count. */
const codes: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
