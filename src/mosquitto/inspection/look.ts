import { requireRead } from '../audit/rules/unread.ts';
import type { ConfigurationFiles } from '../config/files/files.ts';
import type { Configuration } from '../config/model/configuration.ts';
import { readConfiguration } from '../config/reader/read.ts';
import { effective } from '../effective/effective.ts';
import type { Effective } from '../effective/listener.ts';
import type { Broker } from '../service/broker.ts';
import { hostFiles } from './host-files.ts';

/** A broker's configuration as it is on its host now, and what it means. */
export interface Look {
  files: ConfigurationFiles;
  configuration: Configuration;
  effective: Effective;
}

/**
 * Reads a broker's whole configuration in one round trip (more where it includes from elsewhere). Throws a Trouble
 * where a part cannot be read, unless also a part (but not less than the main file) will do.
 */
export async function lookAt(
  { host, layout, version }: Broker,
  { partly = false } = {},
): Promise<Look> {
  const files = await hostFiles(host, layout);
  const configuration = await readConfiguration(files, layout.main, version);
  requireRead(configuration, partly);
  return { files, configuration, effective: effective(configuration, version) };
}
