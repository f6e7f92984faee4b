import type { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { unitTyped } from './unit.ts';

/** How the broker is started and stopped on its machine. */
export type Service = HostService | OwnService;

interface AnyService {
  /** Its unit, for example `mosquitto.service`; null where systemd does not run it. */
  readonly unit: string | null;
  /** As one would type it, for example `sudo systemctl restart mosquitto`. */
  readonly restartCommand: string;
  /** Why nothing may be changed, if so: it cannot be restarted, or would not find what is put there. */
  readonly unmanaged: Trouble | null;
  state(): Promise<ServiceState>;
}

/** A service of the broker's machine. It is told only by scripts that run there: see `control`. */
export interface HostService extends AnyService {
  readonly kind: 'systemd' | 'sysv' | 'process';
}

/** A broker of this program's own, for practice. */
export interface OwnService extends AnyService {
  readonly kind: 'practice';
  /** Returns when the broker says that it runs; throws a Trouble with its own words when not. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ServiceState {
  running: boolean;
  pid: number | null;
  /** When the running process started, seconds since 1970. */
  since: number | null;
  /** Whether it starts at boot; null where that cannot be told. */
  enabled: boolean | null;
}

/** The service as systemd, a SysV script, or (only to look at) a process somebody started. */
export function serviceFor(
  host: Host,
  kind: HostService['kind'],
  unit: string | null,
  unmanaged: Trouble | null,
): HostService {
  return {
    kind,
    unit,
    unmanaged,
    restartCommand:
      kind === 'sysv'
        ? 'sudo service mosquitto restart'
        : `sudo systemctl restart ${unitTyped(unit)}`,
    async state() {
      const { stdout } = await host.run(scriptCommand('mosquitto/service/state', unit ?? ''), {
        doing: 'Asking for the state of the broker',
      });
      const [pid = '', age = '', now = '', enabled = ''] = stdout.split('\n');
      const running = /^\d+$/.test(pid.trim());
      return {
        running,
        pid: running ? Number(pid) : null,
        since: running && age.trim() ? Number(now) - Number(age) : null,
        enabled: enabled === '' ? null : enabled.startsWith('enabled'),
      };
    },
  };
}
