import { type ConfigurationFiles, overlay } from '../../config/files/files.ts';
import type { Place } from '../../config/model/place.ts';

/** One change to a configuration file, as an editor would make it. */
export type Edit =
  | (Place & { action: 'replace' | 'insert-before' | 'insert-after'; text: string })
  /** `text` is the line as it stands there. */
  | (Place & { action: 'remove'; text: string })
  /** At the end of the file. */
  | { action: 'append'; file: string; text: string };

/** A line that stands somewhere. */
export type Standing = Place & { raw: string };

export const replaced = ({ file, line }: Place, text: string): Edit => ({
  ...{ file, line, text },
  action: 'replace',
});
export const removed = ({ file, line, raw }: Standing): Edit => ({
  ...{ file, line },
  action: 'remove',
  text: raw.trim(),
});
export const above = ({ file, line }: Place, text: string): Edit => ({
  ...{ file, line, text },
  action: 'insert-before',
});
export const below = ({ file, line }: Place, text: string): Edit => ({
  ...{ file, line, text },
  action: 'insert-after',
});
export const moved = (lines: readonly Standing[], to: (text: string) => Edit): Edit[] =>
  lines.flatMap((one) => [removed(one), to(one.raw.trim())]);

/** Files after some edits, and where their lines come from. */
export interface Edited {
  files: ConfigurationFiles;
  /** Where a line stood before; a new one has no whole number, but one between its neighbours'. */
  origin(place: Place): Place;
}

/** Carries edits out in memory. Every line number is that of the files as they are; the order of inserts is kept. */
export async function edited(files: ConfigurationFiles, edits: readonly Edit[]): Promise<Edited> {
  const changes = new Map<string, Uint8Array>();
  const origins = new Map<string, number[]>();
  for (const file of new Set(edits.map((one) => one.file))) {
    const bytes = (await files.read(file)) ?? Buffer.alloc(0);
    const these = edits.filter((one) => one.file === file);
    const { text, origin } = editedText(Buffer.from(bytes).toString('latin1'), these);
    changes.set(file, Buffer.from(text, 'latin1'));
    origins.set(file, origin);
  }
  return {
    files: overlay(files, changes),
    origin: ({ file, line }) => ({ file, line: origins.get(file)?.[line - 1] ?? line }),
  };
}

/** Latin1 text, a character for each byte, so that what is not touched stays as it is. */
function editedText(text: string, edits: readonly Edit[]): { text: string; origin: number[] } {
  const lines = text.split('\n');
  const windows = lines[0]?.endsWith('\r') === true;
  const written = (edit: Edit) =>
    Buffer.from(edit.text, 'utf8').toString('latin1') + (windows ? '\r' : '');
  const ends = lines.at(-1) === '';
  if (ends) lines.pop();
  const all = lines.flatMap((line, index): [string, number][] => {
    const number = index + 1;
    const here = edits.filter((one) => one.action !== 'append' && one.line === number);
    const of = (action: Edit['action']) => here.filter((one) => one.action === action);
    const replacement = of('replace').at(-1);
    const own = of('remove').length > 0 ? [] : [replacement ? written(replacement) : line];
    return [
      ...of('insert-before').map((one): [string, number] => [written(one), number - 0.5]),
      ...own.map((one): [string, number] => [one, number]),
      ...of('insert-after').map((one): [string, number] => [written(one), number + 0.5]),
    ];
  });
  for (const one of edits)
    if (one.action === 'append') all.push([written(one), lines.length + 0.5]);
  return {
    text: all.map(([line]) => line).join('\n') + (ends || all.length > lines.length ? '\n' : ''),
    origin: all.map(([, from]) => from),
  };
}
