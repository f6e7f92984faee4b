import { type ConfigurationFiles, filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import type { Configuration } from '../../../src/mosquitto/config/model/configuration.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Effective } from '../../../src/mosquitto/effective/listener.ts';

export const main = '/etc/mosquitto/mosquitto.conf';
export const versions = ['2.0.11', '2.0.21', '2.1.2'] as const;

type Content = string | Uint8Array;

/** Files given as one text (the main file) or as several below /etc/mosquitto. */
export function filesOf(content: Content | Record<string, Content>): ConfigurationFiles {
  const several =
    typeof content === 'string' || content instanceof Uint8Array
      ? { 'mosquitto.conf': content }
      : content;
  return filesFrom(
    Object.fromEntries(
      Object.entries(several).map(([name, text]) => [`/etc/mosquitto/${name}`, text]),
    ),
  );
}

/** Reads a configuration given so. */
export async function read(
  content: Content | Record<string, Content>,
  version = '2.0.11',
): Promise<Configuration> {
  return readConfiguration(filesOf(content), main, version);
}

/** What a configuration makes the broker do. */
export async function means(
  content: Content | Record<string, Content>,
  version = '2.0.11',
): Promise<Effective> {
  return effective(await read(content, version), version);
}

/** Listeners in one line each, for comparison. */
export function doorsOf({ firstError, listeners }: Effective): string[] {
  if (firstError !== null) return [firstError];
  return listeners.map((one) => {
    const certificate = one.requiresClientCertificate ? ' certificate' : '';
    const tls = one.tls ? ` tls ${one.minimumTls}` : '';
    return `${one.port} ${one.addresses.join(' ')} ${one.protocol}${tls}${certificate} ${one.anonymous}`;
  });
}
