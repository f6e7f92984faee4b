import { clean, cleanLines } from '../clean.ts';
import type { Replay } from './replay.ts';

/**
 * The commands that finish what could not be put back, to be typed on the broker's machine, each with the
 * reason above it. `state` is the folder of the journal there.
 */
export function leftToDo(replay: Replay, state: string, restartCommand: string): string[] {
  const files = replay.failed.flatMap(({ path, was, entry, words }): string[] => {
    const why = cleanLines(words, 1, 160).map((line) => `# ${line}`);
    const kept = `${state}/journal/${entry}`;
    const target = shellWord(path);
    switch (was) {
      case 'copy':
        return [...why, `sudo cp -aT --remove-destination ${shellWord(`${kept}/copy`)} ${target}`];
      case 'gone':
        return [
          `# The copy of ${clean(path, 200)} is gone. Put that file right yourself; then:`,
          `sudo rm -r ${shellWord(kept)}`,
        ];
      case 'absent':
        return [...why, `sudo rm -f ${target}   # there was none; a folder: sudo rmdir`];
      default:
        return [...why, `sudo rm -rf ${target}`];
    }
  });
  return [
    ...files,
    ...(replay.ran === false ? [restartCommand.replace('restart', 'stop')] : [restartCommand]),
  ];
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
