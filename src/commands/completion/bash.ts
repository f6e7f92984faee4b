import type { Known, KnownOption } from './known.ts';

/** For bash 4 and later. Names are the parser's own, and need no quotes. */
export function bashCompletion(commands: readonly Known[]): string {
  const options = commands.flatMap((command) => command.options);
  const [program] = commands;
  const cases = commands.map(
    ({ name, options, words }) =>
      `    ${name || "''"}) words='${words.join(' ')}' options='${options.flatMap(({ names }) => names).join(' ')}' ;;`,
  );
  return `# Completion of lockstep for bash: eval "$(lockstep completion bash)"
_lockstep() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= words= options= offered= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${names(options.filter(({ value }) => value !== null))}) ((at++)) ;;
      -*) ;;
      ${program?.words.join(' | ')}) command=\${COMP_WORDS[at]}; break ;;
    esac
  done
  case $before in
${valueCases(options)}
  esac
  case $command in
${cases.join('\n')}
  esac
  offered=\${words:-$options}
  [[ $current != -* ]] || offered=$options
  mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
}
complete -F _lockstep lockstep
`;
}

const names = (options: readonly KnownOption[]): string =>
  [...new Set(options.flatMap((option) => option.names))].join(' | ');

/** What is offered as the value of an option, by what kind of value that is. */
function valueCases(options: readonly KnownOption[]): string {
  const groups = Map.groupBy(options, ({ value }) => (value === null ? '' : offer(value)));
  groups.delete('');
  return [...groups].map(([offered, of]) => `    ${names(of)}) ${offered} return ;;`).join('\n');
}

function offer(value: NonNullable<KnownOption['value']>): string {
  if (value === 'other') return ':;';
  const words = Array.isArray(value) ? `-W '${value.join(' ')}'` : value === 'file' ? '-f' : '-d';
  const reply = `mapfile -t COMPREPLY < <(compgen ${words} -- "$current");`;
  return Array.isArray(value) ? reply : `compopt -o filenames; ${reply}`;
}
