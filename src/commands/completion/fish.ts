import type { Known, KnownOption } from './known.ts';

/** For fish 3 and later. */
export function fishCompletion(commands: readonly Known[]): string {
  const names = commands.flatMap(({ name }) => (name ? [name] : []));
  const lines = commands.flatMap((command) => {
    const where = command.name
      ? `__fish_seen_subcommand_from ${command.name}`
      : `not __fish_seen_subcommand_from ${names.join(' ')}`;
    const line = (rest: string) => `complete -c lockstep -n ${quoted(where)} ${rest}`;
    const about = new Map(commands.map((each) => [each.name, each.about]));
    return [
      ...command.words.map((word) => {
        const words = command.name === '' ? (about.get(word) ?? '') : '';
        return line(`-a ${word}${words ? ` -d ${quoted(words)}` : ''}`);
      }),
      ...command.options.map((option) => line(optionWords(option))),
    ];
  });
  return [
    '# Completion of lockstep for fish: lockstep completion fish | source',
    'complete -c lockstep -e',
    'complete -c lockstep -f',
    ...lines,
    '',
  ].join('\n');
}

function optionWords({ names, about, value }: KnownOption): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return [...flags, ...valueWords(value), `-d ${quoted(about)}`].join(' ');
}

function valueWords(value: KnownOption['value']): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return [`-x -a ${quoted(value.join(' '))}`];
  if (value === 'folder') return [`-x -a '(__fish_complete_directories)'`];
  return [value === 'file' ? '-r -F' : '-x'];
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
