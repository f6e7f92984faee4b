import type { Broker } from './broker.ts';
import { type Effective, effective } from './effective.ts';
import type { ConfigurationFiles } from './files.ts';
import { requireRead } from './findings/unread.ts';
import { hostFiles } from './host-files.ts';
import { type Configuration, readConfiguration } from './read.ts';

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
