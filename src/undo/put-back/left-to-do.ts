import { clean, cleanLines } from '../../text/clean.ts';
import type { NotBack, Replay } from './replay.ts';

/**
 * The commands that finish what could not be put back, to be typed on the broker's machine, each with the
 * reason above it. `state` is the folder of the journal there. They throw nothing away: what was
 * edited since stays beside (GNU cp and mv, --backup).
 */
export function leftToDo(replay: Replay, state: string, restartCommand: string): string[] {
  const lines: string[] = [];
  let reason = '';
  let group = '';
  const endGroup = () => {
    if (![...replay.damaged, ...replay.byHand].includes(group)) return;
    const name = group.split('/').at(-1);
    const [from, to] = [group, `journal/undone/${name}-by-hand`].map((one) =>
      shellWord(`${state}/${one}`),
    );
    lines.push(`sudo mv -T ${from} ${to}`);
  };
  for (const one of replay.failed) {
    if (groupOf(one) !== group) endGroup();
    group = groupOf(one);
    const [why = ''] = cleanLines(one.words, 1, 160);
    if (why !== '' && why !== reason) lines.push(`# ${why}`);
    reason = why;
    lines.push(...linesFor(one, state));
  }
  endGroup();
  // A broker that serves is not restarted with half of its files; bringing certificates has told it nothing.
  if (!replay.half)
    lines.push(replay.ran === false ? restartCommand.replace('restart', 'stop') : restartCommand);
  if (replay.older.length > 0)
    lines.push(`# Then "lockstep undo" again, for what is older: ${replay.older.join(', ')}.`);
  return lines;
}

/** The folder of a change, below STATE. */
const groupOf = ({ entry }: NotBack): string => entry.slice(0, entry.lastIndexOf('/'));

function linesFor({ path, was, entry, ours, edited }: NotBack, state: string): string[] {
  const target = shellWord(path);
  switch (was) {
    case 'copy':
      return [
        `sudo cp -aT --remove-destination${edited ? ' --backup=numbered' : ''} ${shellWord(`${state}/${entry}/copy`)} ${target}`,
      ];
    case 'untold':
      return [`# Which file ${entry} stands for cannot be told any more.`];
    case 'gone':
    case 'damaged':
      return [`# What was kept of ${clean(path, 200)} is ${was}. Put that file right yourself.`];
    case 'absent':
      return [
        edited
          ? `sudo mv -T --backup=numbered ${target} ${shellWord(`${path}.later`)}   # there was none`
          : `sudo rm -f ${target}   # there was none`,
      ];
    case 'folder':
      return [
        `sudo rmdir ${target}   # there was none; where something else is in it now, it stays`,
      ];
    case 'lost':
      return [
        '# Put the configuration right yourself; then:',
        `sudo rm -r ${shellWord(`${state}/${entry}`)}`,
      ];
    case 'ours':
      return [
        ...ours.map((name) => `sudo rm -f ${shellWord(`${path}/${name}`)}`),
        `sudo rmdir ${target}   # made by Lockstep; where something else is in it, it stays`,
      ];
  }
}

/** As one word for a POSIX shell; a name that cannot be shown as it is stands in \`$'...'\` form of bash. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (clean(text, 4000) === text) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = [...Buffer.from(text)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
  return `$'${escaped}'`;
}
