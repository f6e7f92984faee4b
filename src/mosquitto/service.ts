import { clean, cleanLines } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import { brokerProcess } from './process.ts';

/** How the broker is started and stopped on its machine. */
export type Service = HostService | OwnService;

interface AnyService {
  /** As one would type it, for example `sudo systemctl restart mosquitto`. */
  readonly restartCommand: string;
  /** Why it cannot be restarted, if so: then nothing must be changed. */
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

/** What `locateBroker` saw of how the broker is started. */
export interface ServiceFacts {
  /** LoadState of mosquitto.service: `loaded`, `not-found`, `masked`, `bad-setting`...; empty without systemd. */
  unit: string;
  /** There is a SysV script. */
  sysv: boolean;
  /** It runs, but it is not the service that runs it. */
  stray: boolean;
  argv: string[];
}

const stateScript = `${brokerProcess}
pid=$(service_process)
enabled=$(systemctl is-enabled mosquitto.service 2>/dev/null)
age=
[ -n "$pid" ] && age=$(ps -o etimes= -p "$pid" 2>/dev/null)
printf '%s\\n' "$pid" "$age" "$(date +%s)" "$enabled"
`;

/** The service as systemd, a SysV script, or (only to look at) a process somebody started. */
export function serviceFor(host: Host, facts: ServiceFacts): HostService {
  const kind = facts.stray ? 'process' : facts.unit === 'loaded' ? 'systemd' : withoutUnit(facts);
  return {
    kind,
    unmanaged: whyUnmanaged(kind, host.name, facts),
    restartCommand:
      kind === 'sysv' ? 'sudo service mosquitto restart' : 'sudo systemctl restart mosquitto',
    async state() {
      const { stdout } = await host.run(['sh', '-c', stateScript, 'lockstep'], {
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

const withoutUnit = ({ unit, sysv }: ServiceFacts): 'sysv' | 'process' =>
  unit === '' && sysv ? 'sysv' : 'process';

/** A broker that cannot be restarted: what was changed could neither be used nor undone. */
function whyUnmanaged(
  kind: HostService['kind'],
  hostName: string,
  { unit, stray, argv }: ServiceFacts,
): Trouble | null {
  if (kind !== 'process') return null;
  const name = clean(hostName, 80);
  if (stray)
    return new Trouble(`Mosquitto runs on ${name}, but not as a service.`, {
      likely:
        'It was started by hand or by cron, or it runs in a container: nobody could restart it.',
      next: 'Stop it and start it as a service ("sudo systemctl enable --now mosquitto"), then go on.',
      detail: cleanLines(argv.join(' '), 1).join(''),
    });
  if (unit === 'masked')
    return new Trouble(`The service mosquitto is masked on ${name}.`, {
      likely: 'Somebody has told systemd never to start it: nobody could restart it.',
      next: 'Allow it again ("sudo systemctl unmask mosquitto"), then go on.',
    });
  if (unit !== '' && unit !== 'not-found')
    return new Trouble(`systemd cannot read the service mosquitto on ${name}.`, {
      likely: 'Its unit file, or a file in mosquitto.service.d, has an error.',
      next: 'Correct the line that "systemd-analyze verify mosquitto.service" tells, then go on.',
      detail: `LoadState=${clean(unit, 40)}`,
    });
  return new Trouble(`Mosquitto is installed on ${name}, but not as a service.`, {
    likely: 'It was built by hand, or is started in a way of its own: nobody could restart it.',
    next: 'Make it a service (the mosquitto package of a distribution is one), then go on.',
  });
}
