/** Examples for each command, as lines to type; what each is for behind it. */
export const examples: Record<string, readonly (readonly [string, string])[]> = {
  lockstep: [
    ['lockstep', 'guided; goes on where you left off'],
    ['lockstep --broker pi@rock-4se', 'of a broker over SSH'],
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
    ['lockstep status', 'of the broker worked on last'],
    ['lockstep status --broker pi@rock-4se --json', 'of another, for a script'],
  ],
  verify: [['lockstep verify', 'of the broker worked on last']],
  undo: [
    ['lockstep undo', 'of the broker worked on last'],
    ['lockstep undo --broker pi@rock-4se', 'of another, from any machine'],
  ],
  answers: [['lockstep answers > answers.yaml', 'then: lockstep run --answers answers.yaml']],
  audit: [
    ['lockstep audit --broker pi@rock-4se', 'of a broker'],
    ['lockstep audit --config ./mosquitto --broker-version 2.0.11', 'of a copy, no broker needed'],
  ],
  completion: [
    ['eval "$(lockstep completion bash)"', 'bash, in ~/.bashrc'],
    ['eval "$(lockstep completion zsh)"', 'zsh, in ~/.zshrc behind compinit'],
    ['lockstep completion fish | source', 'fish, in ~/.config/fish/config.fish'],
  ],
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
