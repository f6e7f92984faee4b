import { scriptCommand } from '../../host-scripts/script.ts';
import type { Service } from '../../mosquitto/service/service.ts';

/** The beginning of the command for a script that may take so many seconds; its own words follow. */
export const detachedIn = (seconds: number, script: string): string[] =>
  scriptCommand('undo/detached', ...[String(seconds), script, 'lockstep']);

/** How the scripts tell the service: by systemd's tools, by those of SysV init, or not at all. */
export const controlKind = ({ kind }: Pick<Service, 'kind'>): 'systemd' | 'sysv' | 'none' =>
  kind === 'systemd' || kind === 'sysv' ? kind : 'none';
