import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Configuration } from '../config/model/configuration.ts';
import type { Broker } from '../service/broker.ts';
import { type Finding, found } from './advice/finding.ts';

/**
 * Files of the configuration, and folders that it includes, that were changed after the running broker was
 * started; none where none runs. A reload (SIGHUP) counts as no start: it does not open or close a listener. One
 * round trip, without root.
 */
export async function editedSince(
  { host, service }: Broker,
  { files, directives }: Configuration,
): Promise<string[]> {
  if (service.kind === 'practice') return [];
  const folders = directives.flatMap(({ folder }) => folder ?? []);
  const { stdout } = await host.run(
    scriptCommand('mosquitto/edited-since', service.unit ?? '', ...new Set([...files, ...folders])),
    { doing: 'Looking whether the broker uses its files' },
  );
  return stdout.split('\n').flatMap((path) => (path === '' ? [] : [clean(path, 200)]));
}

/** What was changed, and need not be done yet. */
export const editedFinding = (file: string): Finding =>
  found(
    'edited-since',
    'warning',
    { file, line: 1 },
    `${file} was changed after the broker was started. Whether it goes by its names, passwords and access lists yet was not seen: whoever gains or loses by them at the restart is not told here.`,
    'Restart the broker when a short gap does no harm, and see that it serves as you wish.',
  );
