import type { Command } from 'commander';
import type { Shell } from '../program.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import type { Known, KnownOption } from './known.ts';
import { zshCompletion } from './zsh.ts';

/** What completes the words of this program in a shell: a script for it to read. */
export function completion(program: Command, shell: Shell): string {
  return scripts[shell](known(program));
}

const scripts: Record<Shell, (commands: readonly Known[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The parser's own commands and options, so that nothing is offered that it does not take. */
export function known(program: Command): Known[] {
  const help = program.createHelp();
  return [program, ...help.visibleCommands(program)].map((command) => ({
    name: command === program ? '' : command.name(),
    about: command.description(),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      about: option.description,
      value: option.argChoices ?? kindOf(option.flags),
    })),
    words:
      command === program
        ? help.visibleCommands(program).map((each) => each.name())
        : command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  }));
}

const kindOf = (flags: string): KnownOption['value'] => {
  const value = /[<[](.+)[>\]]/.exec(flags)?.[1];
  return value === undefined ? null : value === 'file' || value === 'folder' ? value : 'other';
};
