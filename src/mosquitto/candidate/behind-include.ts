import type { Configuration } from '../config/model/configuration.ts';
import type { Contradiction } from './contradictions.ts';

/**
 * What a listener's block says behind the line that includes `folder` is lost as soon as a file there opens
 * listeners (see `loseCurrent`), or crash the broker, and access.conf does: those lines move above that line. `struck` go or
 * become others for reasons of their own, which count there, too.
 */
export function behindInclude(
  { directives, memory, version }: Configuration,
  folder: string,
  struck: readonly Contradiction[],
): Contradiction[] {
  const at = directives.findIndex((one) => one.folder === folder && one.listener !== null);
  const include = directives[at];
  const block = include?.listener;
  // The default listener of 2.0 is in no list that could be moved.
  if (!include || !block || (block.isDefault && version.startsWith('2.0'))) return [...struck];
  if (!memory.listeners.includes(block)) return [...struck];
  // What counts for all is nobody's. On 2.1 these survive by luck: mosquitto 2.1.2 writes them where the
  // listener was before there were more of them, and crashed at its start (seen with one and two listeners).
  const splits = memory.perListener !== null;
  const behind = directives
    .slice(at + 1)
    .filter(
      ({ file, listener, scope, lost }) =>
        file === include.file &&
        listener === block &&
        !lost &&
        (scope === 'listener' || (scope === 'security' && splits)),
    );
  if (behind.length === 0) return [...struck];
  const changed = new Map(struck.map((one) => [keyOf(one.place), one]));
  const lines = behind.flatMap(
    (line) =>
      changed.get(keyOf(line))?.instead ?? (changed.has(keyOf(line)) ? [] : [line.raw.trim()]),
  );
  const why = `Listeners are opened in ${folder}, and what stands behind that line of the listener before it would be lost.`;
  const gone = new Set([include, ...behind].map(keyOf));
  return [
    ...struck.filter(({ place }) => !gone.has(keyOf(place))),
    {
      place: { file: include.file, line: include.line },
      text: include.raw.trim(),
      why,
      instead: [...lines, include.raw.trim()],
    },
    ...behind.map(({ file, line, raw }) => ({
      place: { file, line },
      text: raw.trim(),
      why:
        changed.get(keyOf({ file, line }))?.why ??
        'It moves above the line that includes that folder.',
    })),
  ];
}

const keyOf = ({ file, line }: { file: string; line: number }): string => `${file} ${line}`;
