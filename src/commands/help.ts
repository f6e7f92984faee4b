import { nearest } from '../text/nearest.ts';

/** Examples for each command, as lines to type; what each is for behind it. */
export const examples: Record<string, readonly (readonly [string, string])[]> = {
  lockstep: [
    ['lockstep', 'guided; goes on where you left off'],
    ['lockstep --broker pi@rock-4se', 'a broker over SSH'],
    ['lockstep run --broker practice', 'all steps on a broker to practise with'],
    ['lockstep help run', 'more of one command'],
  ],
  run: [
    ['lockstep run --broker pi@rock-4se --dry-run', 'what would be changed'],
    ['lockstep run --broker pi@rock-4se --sudo-password-file FILE', 'all seven steps'],
    ['lockstep run --answers answers.yaml --json', 'from a file, for a script'],
    ['lockstep run --through distribute', 'everything but the restart'],
  ],
  status: [
    ['lockstep status', 'the broker worked on last'],
    ['lockstep status --broker pi@rock-4se --json', 'another one, for a script'],
  ],
  verify: [['lockstep verify', 'the broker worked on last']],
  undo: [
    ['lockstep undo', 'the broker worked on last'],
    ['lockstep undo --broker pi@rock-4se', 'another one, from any machine'],
  ],
  answers: [['lockstep answers > answers.yaml', 'then: lockstep run --answers answers.yaml']],
  audit: [
    ['lockstep audit --broker pi@rock-4se', 'a broker over SSH'],
    ['lockstep audit --config ./mosquitto --broker-version 2.0.11', 'a copy; no broker needed'],
  ],
  completion: [
    ['eval "$(lockstep completion bash)"', 'bash, in ~/.bashrc'],
    ['eval "$(lockstep completion zsh)"', 'zsh, in ~/.zshrc behind compinit'],
    ['lockstep completion fish | source', 'fish, in ~/.config/fish/config.fish'],
  ],
};

/** What else there is to know of a command. */
const remarks: Record<string, string> = {
  completion: `
Words are completed behind lockstep, which has to be on the path: "npm install
--global ." in its folder puts it there, and the lines above go without npx
then. What is typed behind npx cannot be completed.`,
};

/** What stands below the help of a command. */
export function helpFor(command: string): string {
  const lines = examples[command];
  if (!lines) return '';
  const width = Math.max(...lines.map(([line]) => line.length));
  const beside = lines.every(([, what]) => width + what.length < 76);
  return [
    '\nExamples:',
    ...lines.map(([line, what]) =>
      beside ? `  ${line.padEnd(width)}  ${what}` : `  ${line}\n      ${what}`,
    ),
    ...(remarks[command] === undefined ? [] : [remarks[command]]),
  ].join('\n');
}

export const exitCodes = `
Exit codes:
  0    done
  1    a check or a step failed
  2    wrong usage, or no terminal
  3    unreachable or interrupted: run it again
  4    a privilege is missing
  130  Ctrl-C`;

/** Said of a word that is no command, with the one that was probably meant. */
export function noSuchCommand(word: string, names: readonly string[]): string {
  const meant = nearest(word, names, third);
  return meant === null
    ? `There is no command "${word}". There are ${listed(names)}.`
    : `There is no command "${word}". Did you mean "lockstep help ${meant}"?`;
}

export function noSuchShell(word: string, shells: readonly string[]): string {
  const meant = nearest(word, shells, third);
  return meant === null
    ? `Words are completed in ${listed(shells)}, not in "${word}".`
    : `There is no shell "${word}". Did you mean "lockstep completion ${meant}"?`;
}

const listed = (words: readonly string[]): string =>
  `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** A third of the letters may be wrong. */
const third = (name: string): number => Math.max(1, name.length / 3);
