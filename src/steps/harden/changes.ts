import { differenceShown } from '../../mosquitto/candidate/difference.ts';
import type { Change } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { modeText } from '../release/delivery.ts';
import type { Release, ReleaseStanding } from '../release/release.ts';

/** A file of the configuration that is written; `before` and `after` as latin1, which keeps every byte. */
export function fileChange(
  { broker }: Setup,
  file: { path: string; before: string | null; after: string; mode: number },
): Change {
  const action = file.before === null ? 'create' : 'replace';
  const mode = modeText(file.mode);
  return {
    host: broker.host.name,
    action,
    path: file.path,
    mode,
    diff: differenceShown(file.path, utf8(file.before ?? ''), utf8(file.after), ['now', 'then']),
    summary: `${action} ${file.path} (${mode})`,
  };
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/** A link that is switched to the release. */
export const linkChange = (
  { broker }: Setup,
  { path, target }: Release['links'][number],
  standing: ReleaseStanding | null,
): Change => ({
  host: broker.host.name,
  action: standing?.releases.current ? 'replace' : 'create',
  path,
  summary: `link ${path} to ${target}`,
});

export const restartChange = ({ broker }: Setup): Change => ({
  host: broker.host.name,
  action: 'restart',
  command: broker.service.restartCommand,
  summary: `restart the broker: every client is disconnected once (${broker.service.restartCommand})`,
});

/** A change that waited is proved: the undo on the broker's host is taken back. */
export const confirmation = ({ broker }: Setup): Change => ({
  host: broker.host.name,
  action: 'run',
  command: 'keep the change',
  summary: 'keep the change that is in place, if it proves itself now',
});
