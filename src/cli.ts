// Where everything is put together: the one file that knows the process, its streams and its
// environment, and the one below `screens/` and `state/` that may load them. Each command
// loads what it needs when it is called, so that none waits for what is another's.
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import type { Reaching, Surroundings } from '../state/open/reach.ts';
import type { Opened } from '../state/session/session-parts.ts';
import { chosenAnswers } from './commands/chosen-answers.ts';
import type { Options } from './commands/options.ts';
import { lockstepProgram, type Shell } from './commands/program.ts';
import { traceInto } from './commands/trace-file.ts';
import { troubleText } from './commands/trouble-text.ts';
import { asTrouble } from './errors/system-trouble.ts';
import { Trouble } from './errors/trouble.ts';
import type { StepId } from './steps/contract/ids.ts';
import { stepIds } from './steps/contract/ids.ts';
import type { Asks, Setup } from './steps/contract/setup.ts';
import { printable, printableJson } from './text/clean.ts';
import { accountOf } from './this-machine/account.ts';
import { absolutePath, type From } from './this-machine/paths.ts';
import { placesFor } from './this-machine/places.ts';
import { asStarted, startedAs } from './this-machine/started-as.ts';
import { suspend } from './this-machine/suspend.ts';

declare const LOCKSTEP_VERSION: string;

const working = () => import('../state/open/working.ts');
const commands = () => import('./commands/all.ts');

const interrupted = new AbortController();
/** Nobody reads any more what we print (`| head`): there is no use in going on, and nobody to tell. */
const endWithOutput = () => process.exit(1);
const print = (line: string): void => void process.stdout.write(`${printable(line)}\n`);
const say = (line: string): void =>
  void process.stderr.write(`${printable(asStarted(line, command))}\n`);
const command = startedAs({
  script: process.argv[1] ?? '',
  node: process.execPath,
  environment: process.env,
  folder: currentFolder(),
});
const account = () => accountOf(process.env, recordOf(), { folder: currentFolder() });
const from: From = {
  get folder() {
    return currentFolder();
  },
  get home() {
    return account().home;
  },
};
/** Text for people, who are to be able to type what it names. */
const tell = (line: string): void => print(asStarted(line, command));
const printJson = (value: unknown): void => print(printableJson(value, 2));

/** Empty where it was removed meanwhile. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}

/** Null where the user who runs this has no account, as in some containers. */
function recordOf() {
  try {
    return userInfo();
  } catch {
    return null;
  }
}

async function surroundings(): Promise<Surroundings> {
  const environment = { ...process.env };
  const [{ openStore }, { requireNoStray }] = await Promise.all([
    import('../state/store/store.ts'),
    import('../state/open/found-again.ts'),
  ]);
  const places = (practice: boolean) => placesFor(environment, from, practice);
  const { LOCKSTEP_HOME: own = '', LOCKSTEP_TRACE: trace } = environment;
  requireNoStray(own, dirname(places(false).state), from);
  return {
    places,
    store: await openStore(places(false).state),
    environment,
    folder: from.folder,
    ...account(),
    machine: hostname(),
    terminal: process.env.SSH_TTY ?? '',
    pid: process.pid,
    trace: traceInto(trace && absolutePath(trace, from, 'LOCKSTEP_TRACE')),
    now: () => new Date(),
  };
}

/** Opens the site that the options name, unattended, and closes it whatever happens. */
async function withSite(
  options: Options,
  act: (site: Opened) => Promise<void>,
  purpose: Reaching['purpose'] = 'look',
): Promise<void> {
  const { openSite } = await working();
  const around = await surroundings();
  const answers = await chosenAnswers(options, around.store, around);
  const reaching: Reaching = {
    asks: await asksFor(options),
    purpose,
    doing: options.json ? () => {} : say,
    signal: () => interrupted.signal,
    ...(options.acceptHostKey ? { acceptHostKey: options.acceptHostKey } : {}),
    ...(options.acceptNewHostKey ? { acceptNewHostKey: true } : {}),
    ...(options.reset ? { reset: true } : {}),
  };
  const site = await openSite(answers, around, reaching);
  site.notes.forEach(say);
  try {
    await act(site);
  } finally {
    await site.close();
  }
}

/** Secrets come from files; what no file has is asked on the terminal, where there is one. */
async function asksFor(options: Options): Promise<Asks> {
  const { secretsFromFiles } = await commands();
  const files = await secretsFromFiles(options);
  if (!process.stdin.isTTY || !process.stderr.isTTY || options.input === false) return files;
  const { terminalAsks } = await import('../screens/plain/terminal-asks.ts');
  return terminalAsks(files, options.passphraseFile !== undefined, {
    stdin: process.stdin,
    stderr: process.stderr,
    environment: { ...process.env },
    stop: interrupted.signal,
    interrupt: () => void process.emit('SIGINT', 'SIGINT'),
  });
}

const keep = ({ setup, remember, step }: Opened, reached: StepId = step) =>
  remember(setup.answers, reached, setup.seen);

async function runCommand(options: Options): Promise<void> {
  const [{ endsBeforeProof, run }, { steps }] = await Promise.all([commands(), working()]);
  const { json = false, dryRun = false } = options;
  const open = (act: (setup: Setup) => Promise<void>) =>
    withSite(
      options,
      async (site) => {
        if (dryRun) return act(site.setup);
        await keep(site);
        await act(site.setup).finally(() => keep(site, reached));
      },
      dryRun ? 'look' : endsBeforeProof(options) ? 'prepare' : 'change',
    );
  let reached: StepId = 'inspect';
  const arrive = (step: StepId) => {
    reached = step;
  };
  await run(steps, open, { ...options, json, dryRun, print: json ? print : tell, reached: arrive });
}

async function statusCommand(options: Options): Promise<void> {
  const { expiries, status, statusText } = await commands();
  const { steps } = await working();
  await withSite(options, async ({ setup, rememberSeen }) => {
    const result = await status(steps, setup, expiries);
    // That it cannot be remembered must not keep anybody from looking.
    if (setup.seen.plainPort)
      await rememberSeen(setup.seen).catch((error) => troubleText(error).forEach(say));
    const titles = Object.fromEntries(steps.map(({ id, title }) => [id, title]));
    if (options.json) printJson(result);
    else statusText(result, titles as never).forEach(tell);
    if (result.steps.some((step) => step.status !== 'done')) process.exitCode = 1;
  });
}

async function verifyCommand(options: Options): Promise<void> {
  const { evidenceText, verify } = await commands();
  const { verifyStep } = await working();
  await withSite(options, async ({ setup }) => {
    const { verification, evidence } = await verify(verifyStep, setup);
    if (options.json) printJson(verification);
    else evidenceText(evidence).forEach(tell);
    if (verification.failed > 0) process.exitCode = 1;
  });
}

async function undoCommand(options: Options): Promise<void> {
  const { undo, undoLook, undoText } = await commands();
  const act = async (site: Opened) => {
    const undone = await (options.dryRun ? undoLook(site.setup) : undo(site.setup, options));
    if (undone.result === 'restored') await keep(site, earlier(site.step, 'distribute'));
    if (options.json) printJson(undone);
    else undoText(undone).forEach(tell);
  };
  await withSite(options, act, options.dryRun ? 'look' : 'undo');
}

/** What was put back is to be done again: a session goes on there. */
const earlier = (one: StepId, other: StepId): StepId =>
  stepIds.indexOf(one) < stepIds.indexOf(other) ? one : other;

async function guidedCommand(options: Options): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || options.input === false)
    throw new Trouble('There is no terminal to show the guided session on.', {
      likely: 'Input or output is redirected, or ssh was called without -t.',
      next: 'Use a terminal ("ssh -t ..."), or run it unattended: lockstep run --broker WHERE',
      exitCode: 2,
    });
  // A session has things to put in order when its terminal is gone.
  process.stdout.off('error', endWithOutput);
  const { guided } = await import('../screens/start.ts');
  // Loading has taken its time; what else wants to happen goes before the drawing.
  await setImmediate();
  process.exitCode = await guided({
    options,
    environment: { ...process.env },
    stateFolder: placesFor(process.env, from, false).state,
    from: { folder: from.folder, home: from.home },
    surroundings,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal: (listener: (signal: NodeJS.Signals) => void) => {
      for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const)
        process.on(signal, () => listener(signal));
      // A terminal that is gone says so first when something is written to it.
      for (const stream of [process.stdin, process.stdout])
        stream.on('error', () => listener('SIGHUP'));
    },
    suspend: process.platform === 'win32' ? undefined : () => suspend(process),
    command,
    print: tell,
  });
}

async function answersCommand(options: Options): Promise<void> {
  const { formatAnswers } = await import('./steps/answers/answers-file.ts');
  const around = await surroundings();
  const answers = await chosenAnswers(options, around.store, around);
  if (options.json) printJson(answers);
  else print(formatAnswers(answers).trimEnd());
}

async function auditCommand(options: Options): Promise<void> {
  const { auditCommand: audit } = await commands();
  const report = await audit(options, (act) => withSite(options, (site) => act(site.setup)));
  if (options.json) printJson(report.value);
  else report.text.forEach(tell);
  if (report.exitCode > 0) process.exitCode = report.exitCode;
}

async function completionCommand(program: Command, shell: Shell): Promise<void> {
  const { completion } = await import('./commands/completion/completion.ts');
  process.stdout.write(completion(program, shell));
}

const output = {
  writeOut: (text: string) => {
    process.stdout.write(asStarted(text, command));
  },
  writeErr: (text: string) => process.stderr.write(asStarted(text, command)),
};
const program = lockstepProgram(
  LOCKSTEP_VERSION,
  output,
  {
    guided: guidedCommand,
    run: runCommand,
    status: statusCommand,
    verify: verifyCommand,
    undo: undoCommand,
    answers: answersCommand,
    audit: auditCommand,
    completion: completionCommand,
  },
  from,
);

// Once: put things in order and end. A second time: end. What comes at once with the first is the
// same one (a terminal tells the launcher and us, and the launcher passes it on).
let firstSignal = Number.POSITIVE_INFINITY;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => {
    if (performance.now() - firstSignal > 1000) process.exit(code);
    firstSignal = Math.min(firstSignal, performance.now());
    process.exitCode = code;
    interrupted.abort();
  });

process.stdout.on('error', endWithOutput);
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    troubleText(error).forEach(say);
    if (interrupted.signal.aborted) process.exitCode ??= 130;
    else process.exitCode = asTrouble(error)?.exitCode ?? 1;
  }
}
