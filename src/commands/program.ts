import { Argument, Command, type OutputConfiguration } from 'commander';
import { Trouble } from '../errors/trouble.ts';
import type { From } from '../this-machine/paths.ts';
import { exitCodes, helpFor, noSuchCommand, noSuchShell } from './help.ts';
import {
  namesFromHostOption,
  type Options,
  pathOf,
  resetOption,
  throughOption,
  withCommonOptions,
} from './options.ts';

/** What each command does; its words and options are here. */
export type Actions = Record<Working | 'guided', (options: Options) => Promise<void>> & {
  completion(program: Command, shell: Shell): Promise<void>;
};

type Working = 'run' | 'status' | 'verify' | 'undo' | 'answers' | 'audit';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The command line: every command and option there is. Help, suggestions and completions are all
 * made from it.
 */
export function lockstepProgram(
  version: string,
  output: OutputConfiguration,
  actions: Actions,
  from: From,
): Command {
  const program = new Command('lockstep')
    .description('Takes an open Mosquitto broker to mutual TLS, in seven proven steps.')
    .version(version)
    .configureOutput(output)
    .showSuggestionAfterError()
    .showHelpAfterError('(More with --help.)')
    .addHelpText('after', `${helpFor('lockstep')}\n${exitCodes}`)
    .exitOverride();

  const command = (name: string, about: string) =>
    program.command(name).description(about).addHelpText('after', helpFor(name));
  const working = (name: Working, about: string) =>
    withCommonOptions(command(name, about), from).action((_, self: Command) => {
      const options: Options = self.optsWithGlobals();
      if (options.reset && name !== 'run') throw noReset(name);
      return actions[name](options);
    });
  working('run', 'take the seven steps without asking; see --dry-run')
    .addOption(throughOption())
    .addOption(namesFromHostOption())
    .addOption(resetOption());
  working('status', 'check every step against the broker');
  working('verify', 'prove from outside what gets in and what does not');
  working('undo', "put the broker's configuration back as it was");
  working('answers', 'print the answers of a set-up, to use with run --answers');
  working('audit', 'say what a configuration lets in, and what is wrong with it')
    .option(
      '--config <folder>',
      'a folder that stands for /etc/mosquitto; nothing else is read',
      pathOf('--config', from),
    )
    .option('--broker-version <version>', 'with --config: the version of the broker');
  command('completion', 'print what makes a shell complete these words')
    .addArgument(oneOf('<shell>', 'which shell', shells))
    .action((shell: string, _, self: Command) =>
      isShell(shell) ? actions.completion(program, shell) : self.error(noSuchShell(shell, shells)),
    );
  const names = [...program.commands.map((each) => each.name()), 'help'];
  command('help', 'say more of a command')
    .addArgument(oneOf('[command]', 'which one', names))
    .action((name: string | undefined, _, self: Command) => {
      if (name !== undefined && !names.includes(name)) self.error(noSuchCommand(name, names));
      (program.commands.find((one) => one.name() === name) ?? program).help();
    });

  // Last, for a command takes over how its parent treats a word too many.
  withCommonOptions(program, from)
    .addOption(resetOption())
    .helpCommand(false)
    .allowExcessArguments()
    .allowUnknownOption()
    .action((options: Options, self: Command) => {
      const [word] = self.args;
      if (word !== undefined) return refuse(self, word);
      if (options.dryRun || options.json) throw notGuided(options.dryRun ? '--dry-run' : '--json');
      return actions.guided(options);
    });
  return program;
}

/** What is none of these is told in words of ours; help and completions know them all the same. */
const oneOf = (name: string, about: string, words: readonly string[]): Argument =>
  new Argument(name, about).choices([...words]).argParser((word: string) => word);

const isShell = (word: string): word is Shell => (shells as readonly string[]).includes(word);

/** Commander names what is no command only where nothing is done without one. */
function refuse(program: Command, word: string): never {
  const own = program.allowUnknownOption(false) as Command & {
    unknownCommand(): never;
    unknownOption(flag: string): never;
  };
  return word.startsWith('-') ? own.unknownOption(word) : own.unknownCommand();
}

const noReset = (name: string): Trouble =>
  new Trouble(`"lockstep ${name}" begins nothing anew.`, {
    next: 'Only "lockstep" and "lockstep run" take --reset.',
    exitCode: 2,
  });

/** Taken and not heeded, each would be worse than refused. */
const notGuided = (option: string): Trouble =>
  new Trouble(
    `The guided session has no ${option}: it shows each change, and asks before it makes it.`,
    {
      next: `All steps without asking: "lockstep run ${option}".`,
      exitCode: 2,
    },
  );
