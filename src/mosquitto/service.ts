import { cleanLines } from '../clean.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import { control } from './control.ts';
import { lastWords } from './last-words.ts';
import { brokerProcess } from './process.ts';

/** How the broker is started and stopped on its machine. */
export interface Service {
  readonly kind: 'systemd' | 'sysv' | 'practice' | 'process';
  /** As one would type it, for example `sudo systemctl restart mosquitto`. */
  readonly restartCommand: string;
  state(): Promise<ServiceState>;
  /** Why it cannot be restarted from here, if so: then nothing must be changed. */
  readonly unmanaged?: Trouble;
  /** Returns when the broker says that it runs; throws a Trouble with its own words when not. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Why it did not start, from its newest words. */
  explain(verb: 'start' | 'restart'): Promise<Trouble>;
  /** The broker's newest words: its log file and, under systemd, the journal; cleaned. */
  log(lines: number): Promise<string[]>;
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
  systemd: boolean;
  sysv: boolean;
  /** It runs, but it is not the service that runs it. */
  stray: boolean;
  argv: string[];
}

const stateScript = `${brokerProcess}
pid=$(systemctl show mosquitto.service -p MainPID 2>/dev/null | cut -d= -f2)
[ -n "$pid" ] && [ "$pid" != 0 ] || pid=$(broker_process)
enabled=$(systemctl is-enabled mosquitto.service 2>/dev/null)
age=
[ -n "$pid" ] && age=$(ps -o etimes= -p "$pid" 2>/dev/null)
printf '%s\\n' "$pid" "$age" "$(date +%s)" "$enabled"
`;

// Debian's log file counts only where the broker that was started last wrote to it: configured to log
// elsewhere, it leaves there what it said long ago.
const logScript = `
journalctl -q -u mosquitto.service -n "$1" --no-pager -o cat 2>/dev/null
file=/var/log/mosquitto/mosquitto.log
since=$(systemctl show mosquitto.service -p ExecMainStartTimestamp 2>/dev/null | cut -d= -f2)
[ -n "$since" ] && [ -z "$(find "$file" -newermt "$since" 2>/dev/null)" ] || tail -n "$1" "$file" 2>/dev/null
true
`;

/** The service as systemd, a SysV script, or (only to look at) a process somebody started. */
export function serviceFor(host: Host, facts: ServiceFacts): Service {
  const kind = facts.stray
    ? 'process'
    : facts.systemd
      ? 'systemd'
      : facts.sysv
        ? 'sysv'
        : 'process';
  const log = async (lines: number) => {
    const { stdout } = await host.run(['sh', '-c', logScript, 'lockstep', String(lines)], {
      root: true,
      doing: 'Reading the log of the broker',
    });
    return cleanLines(stdout, lines * 2, 300);
  };
  const command = async (verb: 'start' | 'stop' | 'restart') => {
    if (kind === 'process') throw notAService(host.name, facts.argv);
    const script = `PATH=$PATH:/usr/sbin:/sbin${control}control "$@"`;
    const result = await host.run(['sh', '-c', script, 'lockstep', kind, verb], {
      root: true,
      timeoutSeconds: 120,
    });
    if (result.code !== 0) throw didNot(verb, host.name, await log(20));
  };
  return {
    kind,
    ...(kind === 'process' ? { unmanaged: notAService(host.name, facts.argv) } : {}),
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
    restart: () => command('restart'),
    stop: () => command('stop'),
    start: () => command('start'),
    // It may serve again by now, and clients that come back fill the log.
    explain: async (verb) => didNot(verb, host.name, await log(400)),
    log,
  };
}

function didNot(verb: string, name: string, log: string[]): Trouble {
  const words = lastWords(log);
  const cause = causes.find(({ text }) => words.some((line) => text.test(line)));
  return new Trouble(`The broker on ${name} did not ${verb}.`, {
    likely: cause?.likely ?? 'Its own last words tell the cause.',
    next: cause?.next ?? 'Put that right, and try again.',
    detail: words.join('\n'),
  });
}

const causes = [
  {
    text: /Address already in use/,
    likely: 'Another program there uses the port that the broker was to listen on.',
    next: '"sudo ss -ltnp" there shows which. Stop it, or choose another port; then try again.',
  },
  {
    text: /Permission denied/,
    likely: 'The broker runs as a user who may not read a file that its configuration names.',
    next: 'Look at the owner and mode of that file and of the folders above it, then try again.',
  },
  {
    text: /Cannot assign requested address/,
    likely: 'The address it is to listen on does not belong to that machine (any more).',
    next: '"ip address" there shows those it has. Correct the "listener" line, then try again.',
  },
];

/** A broker that cannot be restarted from here: what was changed could neither be used nor undone. */
function notAService(name: string, argv: string[]): Trouble {
  return new Trouble(`Mosquitto runs on ${name}, but not as a service.`, {
    likely:
      'It was started by hand or by cron, or it runs in a container: nobody could restart it.',
    next: 'Stop it and start it as a service ("sudo systemctl enable --now mosquitto"), then go on.',
    detail: cleanLines(argv.join(' '), 1).join(''),
  });
}
