import { clean } from '../../text/clean.ts';
import { seenFrom } from '../config/files/working-folder.ts';
import type { Configuration } from '../config/model/configuration.ts';

/** Where a broker's log is, and whether it tells who connects. */
export interface LogSource {
  /** The full path of the log file; null when there is none, or only the journal. */
  file: string | null;
  /** It goes to standard error or syslog, which systemd's journal keeps. */
  journal: boolean;
  /** Why it does not tell who connects, in words; null when it does. */
  untold: string | null;
  /** What the ids that the broker makes up begin with. */
  autoPrefix: string;
}

/**
 * Where a configuration sends the log (mosquitto.conf(5): `log_dest`, standard error when there is
 * none) and whether connections are in it: `connection_messages`, and `notice` among the `log_type`s,
 * which all but debug and subscriptions are unless some are named.
 */
export function logSource(
  configuration: Configuration,
  { systemd, cwd }: { systemd: boolean; cwd: string },
): LogSource {
  const values = (name: string) =>
    configuration.directives.filter(({ option }) => option === name).map(({ value }) => value);
  const destinations = values('log_dest');
  // As the broker takes it: a blank at the end of the line is a part of the name.
  const file = configuration.memory.broker.get('log_file')?.value;
  const journal =
    systemd &&
    (destinations.length === 0 || destinations.some((one) => /^(stderr|syslog)\b/.test(one)));
  return {
    file: typeof file === 'string' ? seenFrom(cwd, file) : null,
    journal,
    untold: untold(values, file !== undefined || journal),
    autoPrefix: values('auto_id_prefix').at(-1) ?? 'auto-',
  };
}

function untold(values: (name: string) => string[], somewhere: boolean): string | null {
  // The broker takes the first word; what stands behind it, a comment for instance, is nothing to it.
  const words = (name: string) => values(name).map((value) => value.split(' ')[0] ?? '');
  const types = words('log_type');
  if (/^(false|0)$/.test(words('connection_messages').at(-1) ?? ''))
    return '"connection_messages false" keeps connections out of it';
  if (types.length > 0 && !types.some((type) => type === 'notice' || type === 'all'))
    return `"log_type ${clean(types.join(', '), 60)}" keeps connections out of it`;
  return somewhere ? null : 'it goes where it cannot be read';
}
