import type { Command } from 'commander';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';
import type { Shell } from './program.ts';

/** One command, as a shell needs to know it; the first is the program itself. */
export interface Known {
  /** '' for the program. */
  name: string;
  about: string;
  options: KnownOption[];
  /** What may follow it that is no option. */
  words: string[];
}

export interface KnownOption {
  /** Short and long, as they are typed. */
  names: string[];
  about: string;
  /** What its value is; null when it takes none. Of `other` nothing can be offered. */
  value: null | 'file' | 'folder' | 'other' | string[];
}

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
