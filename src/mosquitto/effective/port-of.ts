import type { ConfiguredListener } from '../config/model/memory.ts';

/** The default listener is where `port` says, wherever that stands; 1883 unless told. */
export const portOf = ({ isDefault, port, settings }: ConfiguredListener): number =>
  isDefault ? Number(settings.get('port')?.value ?? (port || 1883)) : port;
