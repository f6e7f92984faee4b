import type { Known, KnownOption } from './known.ts';

/** For zsh 5, its completion system (compinit) being loaded. */
export function zshCompletion(commands: readonly Known[]): string {
  const [program, ...others] = commands;
  const cases = others.map(
    ({ name, options, words }) => `        ${name})
          _arguments \\
${[...options.map(spec), ...(words.length > 0 ? [`':word:(${words.join(' ')})'`] : [])].map((line) => `            ${line}`).join(' \\\n')} ;;`,
  );
  return `#compdef lockstep
# Completion of lockstep for zsh: eval "$(lockstep completion zsh)"
_lockstep() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a commands
  commands=(
${others.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join('\n')}
  )
  _arguments -C \\
${(program?.options ?? []).map((option) => `    ${spec(option)}`).join(' \\\n')} \\
    '1:command:->command' \\
    '*::word:->word'
  case $state in
    command) _describe -t commands command commands ;;
    word)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _lockstep ]; then _lockstep "$@"; else compdef _lockstep lockstep; fi
`;
}

/** One option as _arguments takes it; each may be given again. */
function spec({ names, about, value }: KnownOption): string {
  const explained = `[${about.replace(/[[\]\\]/g, '\\$&')}]${action(value)}`;
  return names.map((name) => quoted(`*${name}${explained}`)).join(' ');
}

function action(value: KnownOption['value']): string {
  if (value === null) return '';
  if (Array.isArray(value)) return `:value:(${value.join(' ')})`;
  return { file: ':file:_files', folder: ':folder:_files -/', other: ':value: ' }[value];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
