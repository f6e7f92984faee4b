import type { Configuration, Directive } from '../../config/model/configuration.ts';
import type { ConfiguredListener } from '../../config/model/memory.ts';
import type { Place } from '../../config/model/place.ts';
import { optionNamed } from '../../config/options/options.ts';

/** The lines that say something of a listener, without the one that opens it. */
export function settingsLines(
  { isDefault, ...listener }: ConfiguredListener,
  { directives, memory }: Configuration,
): Directive[] {
  return directives.filter((line) => {
    const own = isDefault
      ? line.listener !== null && line.listener === memory.defaultListener
      : line.listener?.at === listener.at;
    return own && (line.scope === 'listener' || (line.scope === 'security' && memory.perListener));
  });
}

/** The lines of a listener that say one thing of it, whatever the spelling. */
export function linesThat(
  option: string,
  listener: ConfiguredListener,
  configuration: Configuration,
): Directive[] {
  return settingsLines(listener, configuration).filter(
    (line) => line.option === option || optionNamed(line.option)?.keptAs === option,
  );
}

/** A `listener` line with what belongs to it; a `connection` line with its bridge; any other line alone. */
export function blockOf(line: Directive, configuration: Configuration): Directive[] {
  const { directives } = configuration;
  if (line.option === 'listener' && line.listener !== null)
    return [line, ...settingsLines(line.listener, configuration)];
  if (line.option !== 'connection') return [line];
  const rest = directives.slice(directives.indexOf(line) + 1);
  const end = rest.findIndex(
    ({ option, file }) => file !== line.file || option === 'connection' || option === 'listener',
  );
  const within = end < 0 ? rest : rest.slice(0, end);
  return [line, ...within.filter(({ scope }) => scope === 'bridge')];
}

/** The next `listener` line below a line in its file. */
export function listenerBelow(
  { file, line }: Place,
  { directives }: Configuration,
): Directive | undefined {
  return directives.find(
    (one) => one.file === file && one.line > line && one.option === 'listener',
  );
}

/** The directive that stands at a place. */
export function lineAt(
  place: Place | undefined | null,
  { directives }: Configuration,
): Directive | undefined {
  return directives.find((one) => one.file === place?.file && one.line === place?.line);
}
