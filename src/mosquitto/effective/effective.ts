import { behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import type { Place } from '../config/model/place.ts';
import type { Effective } from './listener.ts';
import { openListeners, seenFromOutside } from './listeners.ts';
import { missingFile } from './missing-files.ts';

/**
 * What the broker of that version would do with a configuration, were it started now: files it
 * names are taken to exist and to be good, unless nobody would call one so; host names to resolve, ports to be free.
 */
export function effective(configuration: Configuration, version: string): Effective {
  const { error, memory, mainPath } = configuration;
  if (error !== null) return failed(error.message, error.place);
  const behaviour = behaviourOf(version);
  const opened = missingFile(configuration, behaviour) ?? openListeners(memory, behaviour);
  if ('error' in opened) return failed(opened.error, opened.place);
  return {
    loads: true,
    firstError: null,
    listeners: seenFromOutside(opened, memory, mainPath, behaviour),
  };
}

function failed(firstError: string, place: Place | null): Effective {
  const at = place === null ? {} : { firstErrorAt: place };
  return { loads: false, firstError, ...at, listeners: [] };
}
